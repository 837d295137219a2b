use super::outputs::label_logits;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, TchError, Tensor};

/// What training makes small. Penalties of the network's nodes come on top.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Loss {
    /// The distance from outputs to labels.
    pub kind: LossKind,
    /// What the network's logits go through first.
    pub output: Output,
    /// A weight for each label, in the order of the labels, in place of `sampling.class_weight_exponent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_weights: Option<Vec<f32>>,
}

/// The distance from outputs to labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// -ln of the probability of the label; weighted mean, divided by the sum of the weights.
    #[default]
    CrossEntropy,
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
pub enum Output {
    /// Probabilities that sum to 1; one logit z counts as z and 0.
    #[default]
    Softmax,
    /// Each output by itself in 0..1; one logit stands for the first label.
    Sigmoid,
}

impl Loss {
    /// Refuses a distance that its outputs do not have, and weights that are none.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Recipe, format!("loss.{why}")));
        match (self.kind, self.output) {
            (LossKind::CrossEntropy, Output::Sigmoid) => {
                return refuse(
                    "output: cross-entropy goes with \"softmax\"; for \"sigmoid\" take kind = \"binary-cross-entropy\"",
                );
            }
            (LossKind::BinaryCrossEntropy, Output::Softmax) => {
                return refuse(
                    "output: binary-cross-entropy goes with \"sigmoid\"; for \"softmax\" take kind = \"cross-entropy\"",
                );
            }
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
    pub(super) fn of(
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

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(kind: LossKind, output: Output) -> Loss {
        Loss {
            kind,
            output,
            class_weights: None,
        }
    }

    fn value(loss: &Loss, logits: &[[f32; 2]], labels: &[i64], weights: [f32; 2], smoothing: f64) -> f64 {
        let logits = Tensor::from_slice2(logits);
        let (labels, weights) = (Tensor::from_slice(labels), Tensor::from_slice(&weights));
        let value = loss.of(&logits, &labels, &weights, smoothing).unwrap();
        value.double_value(&[])
    }

    fn single(loss: &Loss, logits: &[f32], labels: &[i64], weights: [f32; 2], smoothing: f64) -> f64 {
        let logits = Tensor::from_slice(logits).unsqueeze(1);
        let (labels, weights) = (Tensor::from_slice(labels), Tensor::from_slice(&weights));
        let value = loss.of(&logits, &labels, &weights, smoothing).unwrap();
        value.double_value(&[])
    }

    fn near(got: f64, wanted: f64) {
        assert!((got - wanted).abs() < 1e-6, "{got} for {wanted}");
    }

    const LOGITS: [[f32; 2]; 2] = [[1.0, -1.0], [0.5, 2.0]];

    fn sigmoid(z: f64) -> f64 {
        1.0 / (1.0 + (-z).exp())
    }

    #[test]
    fn cross_entropy_is_that_of_the_hand() {
        let l = loss(LossKind::CrossEntropy, Output::Softmax);
        let (a, b) = (-sigmoid(2.0).ln(), -sigmoid(-1.5).ln());
        near(value(&l, &LOGITS, &[0, 0], [1.0, 1.0], 0.0), (a + b) / 2.0);
        // Weighted: divided by the sum of the weights.
        let c = -sigmoid(1.5).ln();
        near(value(&l, &LOGITS, &[0, 1], [3.0, 1.0], 0.0), (3.0 * a + c) / 4.0);
        // One logit z is z against 0.
        near(single(&l, &[0.7, -0.2], &[0, 1], [1.0, 1.0], 0.0), {
            (-sigmoid(0.7).ln() - sigmoid(0.2).ln()) / 2.0
        });
    }

    #[test]
    fn binary_cross_entropy_is_that_of_the_hand_for_two_outputs_and_for_one() {
        let l = loss(LossKind::BinaryCrossEntropy, Output::Sigmoid);
        let bce = |z: f64, y: f64| -y * sigmoid(z).ln() - (1.0 - y) * (1.0 - sigmoid(z)).ln();
        let first = (bce(1.0, 1.0) + bce(-1.0, 0.0)) / 2.0;
        let second = (bce(0.5, 0.0) + bce(2.0, 1.0)) / 2.0;
        near(
            value(&l, &LOGITS, &[0, 1], [1.0, 1.0], 0.0),
            (first + second) / 2.0,
        );
        near(
            value(&l, &LOGITS, &[0, 1], [3.0, 0.5], 0.0),
            (3.0 * first + 0.5 * second) / 2.0,
        );
        let smoothed = (bce(1.0, 0.9) + bce(-1.0, 0.1)) / 2.0;
        near(value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.2), smoothed);
        // The first label is 1.
        near(
            single(&l, &[0.7, -0.2], &[0, 1], [2.0, 1.0], 0.0),
            (2.0 * bce(0.7, 1.0) + bce(-0.2, 0.0)) / 2.0,
        );
        near(single(&l, &[0.7], &[1], [1.0, 1.0], 0.2), bce(0.7, 0.1));
    }

    #[test]
    fn mean_squared_error_is_that_of_the_hand() {
        let l = loss(LossKind::MeanSquaredError, Output::Softmax);
        let p = sigmoid(2.0);
        // Softmax of two: both outputs are as far off.
        near(value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.0), (1.0 - p).powi(2));
        near(value(&l, &LOGITS[..1], &[1], [1.0, 4.0], 0.0), 4.0 * p.powi(2));
        near(value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.2), (0.9 - p).powi(2));
        let l = loss(LossKind::MeanSquaredError, Output::Sigmoid);
        let (a, b) = (sigmoid(1.0), sigmoid(-1.0));
        near(
            value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.0),
            ((1.0 - a).powi(2) + b.powi(2)) / 2.0,
        );
        near(single(&l, &[1.0], &[1], [1.0, 1.0], 0.0), a.powi(2));
    }

    #[test]
    fn outputs_that_a_distance_does_not_have_are_refused() {
        assert!(loss(LossKind::CrossEntropy, Output::Softmax).check().is_ok());
        assert!(loss(LossKind::MeanSquaredError, Output::Sigmoid).check().is_ok());
        for (kind, output) in [
            (LossKind::CrossEntropy, Output::Sigmoid),
            (LossKind::BinaryCrossEntropy, Output::Softmax),
        ] {
            let error = loss(kind, output).check().unwrap_err().to_string();
            assert!(error.contains("loss.output"), "{error}");
        }
        let weighted = Loss {
            class_weights: Some(vec![1.0, 0.0]),
            ..Loss::default()
        };
        assert!(
            weighted
                .check()
                .unwrap_err()
                .to_string()
                .contains("class_weights")
        );
    }
}
