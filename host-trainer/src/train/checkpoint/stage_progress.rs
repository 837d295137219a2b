use crate::train::recipe::EarlyStopping;
use serde::{Deserialize, Serialize};

/// The epoch with the best score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Best {
    pub epoch: usize,
    /// Larger is better.
    pub score: f64,
}

/// How the stage goes that training stands in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageProgress {
    /// Its place, counted from 0.
    pub number: usize,
    /// Epochs of all stages before it.
    pub epochs_before: usize,
    /// Steps of all stages before it.
    pub steps_before: u64,
    /// The last epoch of this stage that was better by more than `min_delta`: patience counts from it.
    pub improved: Option<Best>,
}

impl StageProgress {
    /// Takes in an epoch that may count.
    pub(crate) fn observe(&mut self, epoch: usize, score: f64, stopping: &EarlyStopping) {
        if self.improved.is_none_or(|b| score > b.score + stopping.min_delta) {
            self.improved = Some(Best { epoch, score });
        }
    }

    /// Whether patience has run out after so many epochs in all.
    pub(crate) fn is_stale(&self, epochs: usize, stopping: &EarlyStopping) -> bool {
        let from = stopping.earliest_epoch.max(self.epochs_before);
        let since = epochs.saturating_sub(self.improved.map_or(from, |b| b.epoch));
        stopping.patience > 0 && since >= stopping.patience
    }

    /// The stage after this one, from here on.
    pub(crate) fn next(&self, epochs: usize, steps: u64) -> Self {
        Self {
            number: self.number + 1,
            epochs_before: epochs,
            steps_before: steps,
            improved: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::recipe::StoppingMetric;

    #[test]
    fn patience_counts_from_the_last_epoch_that_was_better_by_more_than_the_least() {
        let stopping = EarlyStopping {
            metric: StoppingMetric::Accuracy,
            patience: 2,
            min_delta: 0.01,
            earliest_epoch: 0,
        };
        let mut stage = StageProgress::default();
        for (epoch, score) in [(1, 0.5), (2, 0.505), (3, 0.52)] {
            stage.observe(epoch, score, &stopping);
            assert!(!stage.is_stale(epoch, &stopping));
        }
        assert_eq!(stage.improved.map(|b| b.epoch), Some(3));
        stage.observe(4, 0.529, &stopping);
        stage.observe(5, 0.53, &stopping);
        assert!(stage.is_stale(5, &stopping), "0.01 better is not more than 0.01");
        // The next stage begins its own count.
        let next = stage.next(5, 50);
        assert!(!next.is_stale(6, &stopping) && next.is_stale(7, &stopping));
        assert_eq!((next.number, next.epochs_before, next.steps_before), (1, 5, 50));
    }
}
