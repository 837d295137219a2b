//! What training makes small.

mod distillation;
#[cfg(test)]
mod tests;

pub(crate) use distillation::{Distillation, SoftTargets, TeacherChoice};

use crate::network::label_logits;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, TchError, Tensor};

/// What training makes small. Penalties of the network's nodes come on top.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Loss {
    /// The distance from outputs to labels.
    pub kind: LossKind,
    /// What the network's logits go through first.
    pub output: Output,
    /// How much less cells weigh that are judged right already, 0 to 10: for `focal`, 2 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gamma: Option<f64>,
    /// A weight for each label, in the order of the labels, in place of `sampling.class_weight_exponent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_weights: Option<Vec<f32>>,
}

/// The distance from outputs to labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LossKind {
    /// -ln of the probability of the label; weighted mean, divided by the sum of the weights.
    #[default]
    CrossEntropy,
    /// -(1 - p)^gamma ln p, p the probability of the label (Lin et al. 2017); weighted mean, divided by the
    /// sum of the weights.
    Focal,
    /// Cross-entropy of each output by itself against 1 for the label and 0 for others, mean over outputs;
    /// weighted cells, divided by their number, as Keras does it.
    BinaryCrossEntropy,
    /// Square of the distance to 1 for the label and 0 for others, mean over outputs; weighted cells,
    /// divided by their number.
    MeanSquaredError,
}

/// What logits go through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Output {
    /// Probabilities that sum to 1; one logit z counts as z and 0.
    #[default]
    Softmax,
    /// Each output by itself in 0..1; one logit stands for the first label.
    Sigmoid,
}

impl Loss {
    /// Refuses a distance that its outputs do not have, and weights that are none.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Recipe, format!("loss.{why}")));
        match (self.kind, self.output) {
            (LossKind::CrossEntropy, Output::Sigmoid) => {
                return refuse(
                    "output: cross-entropy goes with \"softmax\"; for \"sigmoid\" take kind = \"binary-cross-entropy\"",
                );
            }
            (LossKind::Focal, Output::Sigmoid) => {
                return refuse(
                    "output: focal goes with \"softmax\", which for one output is the sigmoid of Lin et al.",
                );
            }
            (LossKind::BinaryCrossEntropy, Output::Softmax) => {
                return refuse(
                    "output: binary-cross-entropy goes with \"sigmoid\"; for \"softmax\" take kind = \"cross-entropy\"",
                );
            }
            _ => {}
        }
        match self.gamma {
            Some(_) if self.kind != LossKind::Focal => return refuse("gamma: goes with kind = \"focal\""),
            Some(gamma) if !(0.0..=10.0).contains(&gamma) => return refuse("gamma: 0 to 10"),
            _ => {}
        }
        let sound = |w: &f32| w.is_finite() && *w > 0.0;
        if self.class_weights.as_ref().is_some_and(|w| !w.iter().all(sound)) {
            return refuse("class_weights: every weight is above 0");
        }
        Ok(())
    }

    /// The loss of `logits` `[n, outputs]` against `labels` `[n]`; `weights` has one entry a label, and
    /// `smoothing` is spread over all of them.
    pub(crate) fn of(
        &self,
        logits: &Tensor,
        labels: &Tensor,
        weights: &Tensor,
        smoothing: f64,
    ) -> Result<Tensor, TchError> {
        if self.kind == LossKind::CrossEntropy {
            let both = label_logits(logits)?;
            return both.f_cross_entropy_loss(labels, Some(weights), Reduction::Mean, -100, smoothing);
        }
        if self.kind == LossKind::Focal {
            return focal(
                &label_logits(logits)?,
                labels,
                weights,
                self.gamma.unwrap_or(GAMMA),
            );
        }
        // One logit stands for the first label by itself, except where softmax makes two of it.
        let logits = match self.output {
            Output::Softmax => label_logits(logits)?,
            Output::Sigmoid => logits.shallow_clone(),
        };
        let outputs = logits.size()[1];
        let target = if outputs == 1 {
            let first = labels.f_eq(0)?.f_to_kind(Kind::Float)?.f_unsqueeze(1)?;
            first
                .f_mul_scalar(1.0 - smoothing)?
                .f_add_scalar(0.5 * smoothing)?
        } else {
            let one = labels.f_one_hot(outputs)?.f_to_kind(Kind::Float)?;
            one.f_mul_scalar(1.0 - smoothing)?
                .f_add_scalar(smoothing / outputs as f64)?
        };
        let each = if self.kind == LossKind::BinaryCrossEntropy {
            let none = None::<&Tensor>;
            logits.f_binary_cross_entropy_with_logits(&target, none, none, Reduction::None)?
        } else {
            let probabilities = match self.output {
                Output::Softmax => logits.f_softmax(1, Kind::Float)?,
                Output::Sigmoid => logits.f_sigmoid()?,
            };
            probabilities.f_sub(&target)?.f_square()?
        };
        let weight = weights.f_index_select(0, labels)?;
        each.f_mean_dim(1, false, Kind::Float)?
            .f_mul(&weight)?
            .f_mean(Kind::Float)
    }
}

/// Exponent of the focal loss that Lin et al. found best.
const GAMMA: f64 = 2.0;

fn focal(logits: &Tensor, labels: &Tensor, weights: &Tensor, gamma: f64) -> Result<Tensor, TchError> {
    let column = labels.f_unsqueeze(1)?;
    let ln = logits
        .f_log_softmax(1, Kind::Float)?
        .f_gather(1, &column, false)?
        .f_squeeze_dim(1)?;
    // 1 - p without the loss of digits where p is near 1; kept above 0, where the slope of a root is none.
    let doubt = ln.f_expm1()?.f_neg()?.f_clamp_min(1e-12)?;
    let each = doubt.f_pow_tensor_scalar(gamma)?.f_mul(&ln)?.f_neg()?;
    let weight = weights.f_index_select(0, labels)?;
    each.f_mul(&weight)?
        .f_sum(Kind::Float)?
        .f_div(&weight.f_sum(Kind::Float)?)
}
