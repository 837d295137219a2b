use super::ValidationFigures;
use serde::{Deserialize, Serialize};

/// When to stop and which epoch to keep. Without validation cells the last epoch is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Figure of the validation cells that decides.
    pub metric: StoppingMetric,
    /// Stop after so many epochs without a better one; 0: never.
    pub patience: usize,
}

/// A figure of the validation cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoppingMetric {
    /// Mean cross-entropy.
    Loss,
    /// Mean cross-entropy, classes alike.
    BalancedLoss,
    /// Weighted F1 at one half.
    WeightedF1,
    /// Balanced accuracy at one half.
    BalancedAccuracy,
    /// Area under the ROC curve.
    Auc,
}

impl StoppingMetric {
    /// The figure, turned so that larger is better.
    pub fn score(self, figures: &ValidationFigures) -> f64 {
        match self {
            Self::Loss => -figures.loss,
            Self::BalancedLoss => -figures.balanced_loss,
            Self::WeightedF1 => figures.weighted_f1,
            Self::BalancedAccuracy => figures.balanced_accuracy,
            Self::Auc => figures.auc,
        }
    }
}
