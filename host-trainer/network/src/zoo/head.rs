//! Heads: what stands between the features and the logits.

use super::masked_statistics::MaskedStatistics;
use crate::{Builder, Error, ErrorKind, Graph, NodeId, Op, Penalty, Shape, Weights};
use serde::{Deserialize, Serialize};

/// The option `head` of every network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Head {
    /// The network's own classifier.
    Plain {
        /// Part dropped out in it, in 0..1; the network's own where absent.
        #[serde(default)]
        dropout: Option<f64>,
    },
    /// Mean of each channel, batch norm, dense layer with ReLU, dropout, logits (`mantri2024`).
    BatchNormDense {
        /// Length of the dense layer.
        #[serde(default = "mantri::units")]
        units: usize,
        /// Part dropped out, in 0..1.
        #[serde(default = "mantri::dropout")]
        dropout: f64,
        /// Times the squares of the dense layer's kernel, added to the loss; 0: none.
        #[serde(default = "mantri::kernel_l2")]
        kernel_l2: f64,
        /// Times the magnitudes of the dense layer's activations; 0: none.
        #[serde(default = "mantri::l1")]
        activation_l1: f64,
        /// Times the magnitudes of the dense layer's bias; 0: none.
        #[serde(default = "mantri::l1")]
        bias_l1: f64,
    },
    /// Mean of each channel, dropout, logits (`batool2023`).
    PoolDropout {
        /// Part dropped out, in 0..1.
        #[serde(default = "batool_dropout")]
        dropout: f64,
    },
    /// Mean and deviation of each channel over the cell, at several strides, into one linear map.
    MaskedStatistics(MaskedStatistics),
    /// The network's own classifier with one logit, for two labels (`wen2025`): its sigmoid is the
    /// probability of the label that the loss counts as one.
    Single {
        /// Part dropped out in it, in 0..1; the network's own where absent.
        #[serde(default)]
        dropout: Option<f64>,
    },
}

impl Default for Head {
    fn default() -> Self {
        Self::Plain { dropout: None }
    }
}

/// The numbers of Mantri et al. 2024.
mod mantri {
    pub(super) fn units() -> usize {
        256
    }
    pub(super) fn dropout() -> f64 {
        0.2
    }
    pub(super) fn kernel_l2() -> f64 {
        0.016
    }
    pub(super) fn l1() -> f64 {
        0.006
    }
}

/// The layer table of Batool and Byun 2023.
fn batool_dropout() -> f64 {
    0.5
}

impl Head {
    /// Reads the option `head`; refuses numbers out of range.
    pub(super) fn read(value: &toml::Value) -> Result<Self, Error> {
        let head: Self = value
            .clone()
            .try_into()
            .map_err(|e: toml::de::Error| refusal(e.message()))?;
        let rate = |v: f64| (0.0..1.0).contains(&v);
        let weight = |v: f64| v.is_finite() && v >= 0.0;
        let (sound, what) = match head {
            Self::MaskedStatistics(ref own) => (own.fault().is_none(), own.fault().unwrap_or_default()),
            Self::Plain { dropout } | Self::Single { dropout } => {
                (dropout.is_none_or(rate), "dropout in 0..1")
            }
            Self::PoolDropout { dropout } => (rate(dropout), "dropout in 0..1"),
            Self::BatchNormDense {
                units,
                dropout,
                kernel_l2,
                activation_l1,
                bias_l1,
            } => (
                units > 0 && rate(dropout) && [kernel_l2, activation_l1, bias_l1].into_iter().all(weight),
                "units of at least 1, dropout in 0..1, kernel_l2, activation_l1 and bias_l1 of at least 0",
            ),
        };
        if sound {
            return Ok(head);
        }
        Err(refusal(&format!("out of range: give {what}")))
    }

    /// Number of logits for so many labels; refuses a single logit for other than two.
    pub(super) fn outputs(&self, labels: usize) -> Result<usize, Error> {
        match self {
            Self::Single { .. } if labels == 2 => Ok(1),
            Self::Single { .. } => Err(refusal(&format!(
                "kind \"single\" has one logit for two labels, the data have {labels}: use another kind"
            ))),
            _ => Ok(labels),
        }
    }

    /// The logits of a map of features, unless the network's own classifier is asked for: then its dropout.
    pub(super) fn attach(
        &self,
        b: &mut Builder,
        features: NodeId,
        outputs: usize,
    ) -> Result<Attached, Error> {
        let pooled = |b: &mut Builder| {
            let x = b.global_average_pool("head.pool", features)?;
            b.flatten("head.flatten", x)
        };
        match *self {
            Self::Plain { dropout } | Self::Single { dropout } => Ok(Attached::Own { dropout }),
            Self::MaskedStatistics(_) => Err(refusal(
                "kind \"masked-statistics\" is for efficientnet_lite0 to efficientnet_lite4 and mobilenet_v2: use one of \
                 them, or another kind",
            )),
            Self::PoolDropout { dropout } => {
                let x = pooled(b)?;
                let x = b.dropout("head.dropout", x, dropout)?;
                Ok(Attached::Logits(b.linear("head.linear", x, outputs)?))
            }
            Self::BatchNormDense {
                units,
                dropout,
                kernel_l2,
                activation_l1,
                bias_l1,
            } => {
                let x = pooled(b)?;
                let x = b.batch_norm("head.norm", x)?;
                let dense = b.linear("head.dense", x, units)?;
                let x = b.relu("head.relu", dense)?;
                for (node, weight, penalty) in [
                    (dense, kernel_l2, Penalty::KernelL2(kernel_l2)),
                    (x, activation_l1, Penalty::ActivationL1(activation_l1)),
                    (dense, bias_l1, Penalty::BiasL1(bias_l1)),
                ] {
                    if weight > 0.0 {
                        b.penalise(node, penalty);
                    }
                }
                let x = b.dropout("head.dropout", x, dropout)?;
                Ok(Attached::Logits(b.linear("head.linear", x, outputs)?))
            }
        }
    }
}

/// What a head made of the features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Attached {
    /// The logits.
    Logits(NodeId),
    /// Nothing yet: the network builds its own classifier.
    Own {
        /// Part dropped out in it, where the head says.
        dropout: Option<f64>,
    },
}

fn refusal(why: &str) -> Error {
    let kinds = "plain, batch-norm-dense, pool-dropout, single";
    Error::new(
        ErrorKind::Unknown,
        format!("network.head: {why} (kinds: {kinds})"),
    )
}

/// A network of one logit `z` as one of two, `[z, 0]`, whose softmax is the sigmoid of `z`: the last
/// linear map gets a row of zeros. Refuses networks that do not end in a linear map of one output.
pub fn pad_single_logit(graph: &Graph, weights: &Weights) -> Result<(Graph, Weights), Error> {
    weights.check(graph)?;
    let (mut graph, mut weights) = (graph.clone(), weights.clone());
    let last = &mut graph.nodes[graph.output.index()];
    let Op::Linear { outputs: 1, bias } = last.op else {
        return Err(Error::new(
            ErrorKind::Graph,
            format!(
                "node {} ({}): a second logit goes beside a linear map of one output alone",
                last.name,
                last.op.kind()
            ),
        ));
    };
    last.op = Op::Linear { outputs: 2, bias };
    last.shape = Shape::Vector(2);
    let mut widen = |suffix: &str| {
        if let Some(array) = weights.0.get_mut(&format!("{}.{suffix}", last.name)) {
            array.shape[0] = 2;
            array.values.resize(array.values.len() * 2, 0.0);
        }
    };
    widen("weight");
    widen("bias");
    weights.check(&graph)?;
    Ok((graph, weights))
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
