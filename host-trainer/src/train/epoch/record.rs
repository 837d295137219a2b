use super::losses::Throughput;
use crate::data::DataSet;
use blastscope_shared::calibration::Calibration;
use blastscope_shared::metrics::{ConfusionMatrix, auc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Epochs at most.
    pub epochs: usize,
    /// Number of the stage, counted from 1, in a training of stages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<usize>,
    /// Steps so far.
    pub steps: u64,
    /// Rate of the last step.
    pub learning_rate: f64,
    /// Mean training loss of the epoch.
    pub loss: f64,
    /// That of its first quarter of steps; 0 in lines that were written before it was kept.
    #[serde(default)]
    pub loss_at_start: f64,
    /// That of its last quarter of steps; 0 in lines that were written before it was kept.
    #[serde(default)]
    pub loss_at_end: f64,
    /// Figures of the averaged weights on the validation cells, where there are any.
    pub validation: Option<ValidationFigures>,
    /// This is the best epoch so far.
    pub best: bool,
    /// Time of the epoch.
    pub seconds: f64,
    /// How fast its cells were gone over; none in lines that were written before it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Throughput>,
}

/// Figures of validation cells, uncalibrated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct ValidationFigures {
    /// Mean cross-entropy.
    pub loss: f64,
    /// Mean cross-entropy, classes alike.
    pub balanced_loss: f64,
    /// Share of cells decided right at one half; 0 in lines that were written before it was measured.
    #[serde(default)]
    pub accuracy: f64,
    /// Weighted F1 at one half.
    pub weighted_f1: f64,
    /// Balanced accuracy at one half.
    pub balanced_accuracy: f64,
    /// Area under the ROC curve of the first label; one half where it is undefined.
    pub auc: f64,
}

impl ValidationFigures {
    /// Of `logits`, one row for each of `cells`.
    pub(crate) fn of(data: &DataSet, cells: &[usize], logits: &[Vec<f32>]) -> Self {
        let labels = data.collection().labels.len();
        let plain = Calibration::identity();
        let mut matrix = ConfusionMatrix::new(labels);
        let (mut losses, mut counts) = (vec![0.0f64; labels], vec![0usize; labels]);
        let mut scores = Vec::with_capacity(cells.len());
        for (&cell, row) in cells.iter().zip(logits) {
            let truth = data.cell(cell).label;
            counts[truth] += 1;
            let Some(verdict) = plain.judge(row) else {
                // A network that has diverged knows nothing: as bad as the smallest float.
                losses[truth] -= f64::from(f32::MIN_POSITIVE.ln());
                matrix.add(truth, usize::from(truth == 0));
                scores.push((0.5, truth == 0));
                continue;
            };
            let p = verdict.probabilities[truth].max(f32::MIN_POSITIVE);
            losses[truth] -= f64::from(p.ln());
            matrix.add(truth, verdict.decision);
            scores.push((f64::from(verdict.probabilities[0]), truth == 0));
        }
        let present: Vec<usize> = (0..labels).filter(|l| counts[*l] > 0).collect();
        let class_loss = |l: &usize| losses[*l] / counts[*l] as f64;
        Self {
            loss: losses.iter().sum::<f64>() / cells.len().max(1) as f64,
            balanced_loss: present.iter().map(class_loss).sum::<f64>() / present.len().max(1) as f64,
            accuracy: matrix.accuracy(),
            weighted_f1: matrix.weighted_f1(),
            balanced_accuracy: matrix.balanced_accuracy(),
            auc: auc(&scores).unwrap_or(0.5),
        }
    }
}

impl EpochRecord {
    /// What an event log takes of the epoch, which took `cells` cells: tags by group, as TensorBoard folds them.
    pub(crate) fn scalars(&self, cells: usize) -> Vec<(&'static str, f64)> {
        let mut scalars = vec![
            ("train/loss", self.loss),
            ("train/learning_rate", self.learning_rate),
            ("speed/images_per_second", cells as f64 / self.seconds.max(1e-9)),
            ("speed/seconds", self.seconds),
        ];
        if let Some(v) = &self.validation {
            scalars.extend([
                ("validation/loss", v.loss),
                ("validation/balanced_loss", v.balanced_loss),
                ("validation/accuracy", v.accuracy),
                ("validation/weighted_f1", v.weighted_f1),
                ("validation/balanced_accuracy", v.balanced_accuracy),
                ("validation/auc", v.auc),
            ]);
        }
        scalars
    }
}

impl fmt::Display for EpochRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "epoch {}/{} loss {:.4} ({:.4} to {:.4}) rate {:.1e}",
            self.epoch, self.epochs, self.loss, self.loss_at_start, self.loss_at_end, self.learning_rate
        )?;
        if let Some(stage) = self.stage {
            write!(f, " stage {stage}")?;
        }
        if let Some(v) = &self.validation {
            write!(
                f,
                "; validation loss {:.4}, accuracy {:.3}, weighted F1 {:.3}, balanced accuracy {:.3}, AUC {:.3}",
                v.loss, v.accuracy, v.weighted_f1, v.balanced_accuracy, v.auc
            )?;
        }
        write!(f, "; {:.1} s", self.seconds)?;
        if let Some(pace) = &self.pace {
            write!(f, ", {pace}")?;
        }
        f.write_str(if self.best { ", best" } else { "" })
    }
}
