use super::rule::Rule;
use super::rules::{Adam, Adamax, Sgd};
use serde::{Deserialize, Serialize};

/// How weights follow gradients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OptimiserKind {
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    #[default]
    #[serde(rename = "adamw")]
    AdamW,
    /// Adam (Kingma and Ba 2015, algorithm 1); weight decay enters the gradient.
    Adam,
    /// AdaMax (Kingma and Ba 2015, algorithm 2); weight decay enters the gradient.
    Adamax,
    /// Gradient descent, with momentum if asked for; weight decay enters the gradient.
    Sgd,
}

/// A rule with its constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OptimiserSettings {
    /// The rule.
    pub kind: OptimiserKind,
    /// Share of the last change that goes on (SGD).
    pub momentum: f64,
    /// Momentum looked ahead (Nesterov 1983; SGD).
    pub nesterov: bool,
    /// Decay of the mean of gradients (Adam and its kin).
    pub beta1: f64,
    /// Decay of the mean of their squares, or of their largest (Adam and its kin).
    pub beta2: f64,
    /// Keeps the division finite (Adam and its kin).
    pub epsilon: f64,
    /// Weight decay, on tensors of two or more dimensions only.
    pub weight_decay: f64,
}

impl OptimiserSettings {
    pub(crate) fn rule(&self) -> Box<dyn Rule> {
        let Self {
            momentum,
            nesterov,
            beta1,
            beta2,
            epsilon,
            ..
        } = *self;
        match self.kind {
            OptimiserKind::AdamW | OptimiserKind::Adam => Box::new(Adam {
                beta1,
                beta2,
                epsilon,
                decoupled: self.kind == OptimiserKind::AdamW,
            }),
            OptimiserKind::Adamax => Box::new(Adamax {
                beta1,
                beta2,
                epsilon,
            }),
            OptimiserKind::Sgd => Box::new(Sgd { momentum, nesterov }),
        }
    }
}
