use crate::train::epoch::ValidationFigures;
use serde::{Deserialize, Serialize};

/// When to stop and which epoch to keep. Without validation cells the last epoch is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EarlyStopping {
    /// Figure of the validation cells that decides.
    pub metric: StoppingMetric,
    /// Stop after so many epochs without a better one; 0: never. In a training of stages, the stage ends.
    pub patience: usize,
    /// An epoch that is better by no more than this is kept, but does not count against the patience.
    #[serde(default)]
    pub min_delta: f64,
    /// Epochs before this one are neither kept nor counted: while the rate is high, the figures of few
    /// validation subjects swing, and an early epoch may shine by luck.
    #[serde(default)]
    pub earliest_epoch: usize,
}

/// A figure of the validation cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StoppingMetric {
    /// Mean cross-entropy.
    Loss,
    /// Mean cross-entropy, classes alike.
    BalancedLoss,
    /// Share of cells decided right at one half.
    Accuracy,
    /// Weighted F1 at one half.
    WeightedF1,
    /// Balanced accuracy at one half.
    BalancedAccuracy,
    /// Area under the ROC curve.
    Auc,
    /// The number of the epoch: the last one is kept and nothing stops early. For schedules whose rate
    /// ends near 0, where figures on the way say little.
    LastEpoch,
}

impl StoppingMetric {
    /// The figure of an epoch, turned so that larger is better.
    pub(crate) fn score(self, epoch: usize, figures: &ValidationFigures) -> f64 {
        match self {
            Self::Loss => -figures.loss,
            Self::BalancedLoss => -figures.balanced_loss,
            Self::Accuracy => figures.accuracy,
            Self::WeightedF1 => figures.weighted_f1,
            Self::BalancedAccuracy => figures.balanced_accuracy,
            Self::Auc => figures.auc,
            Self::LastEpoch => epoch as f64,
        }
    }
}
