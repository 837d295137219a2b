use blastscope_shared::metrics::{
    ConfusionMatrix, Interval, auc, bootstrap_over_subjects, expected_calibration_error,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One decided cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// True label.
    pub truth: usize,
    /// Decided label.
    pub decision: usize,
    /// Larger means more like the first label.
    pub score: f64,
    /// Probability of the decided label, where there is one.
    pub confidence: Option<f64>,
}

/// A figure of decided cells. The first label is the positive one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// The headline of the C-NMC challenge.
    WeightedF1,
    /// Mean recall.
    BalancedAccuracy,
    /// Area under the ROC curve.
    Auc,
    /// Share decided right.
    Accuracy,
    /// Recall of the first label.
    Sensitivity,
    /// Recall of the others together.
    Specificity,
    /// Of the first label.
    Precision,
    /// Of the first label.
    F1,
    /// Cohen's.
    Kappa,
    /// Expected calibration error.
    Ece,
}

impl Figure {
    /// All, the headline first.
    pub const ALL: [Self; 10] = [
        Self::WeightedF1,
        Self::BalancedAccuracy,
        Self::Auc,
        Self::Accuracy,
        Self::Sensitivity,
        Self::Specificity,
        Self::Precision,
        Self::F1,
        Self::Kappa,
        Self::Ece,
    ];

    /// For tables and pictures.
    pub fn name(self) -> &'static str {
        match self {
            Self::WeightedF1 => "weighted F1",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::Auc => "AUC",
            Self::Accuracy => "accuracy",
            Self::Sensitivity => "sensitivity",
            Self::Specificity => "specificity",
            Self::Precision => "precision",
            Self::F1 => "F1",
            Self::Kappa => "kappa",
            Self::Ece => "ECE",
        }
    }

    /// The figure of some cells; `None` where it has no meaning (no cell of one class, no confidence).
    pub fn of(self, cells: &[Scored], labels: usize) -> Option<f64> {
        let firsts = cells.iter().filter(|c| c.truth == 0).count();
        if firsts == 0 || firsts == cells.len() {
            return None;
        }
        match self {
            Self::Auc => {
                let scores: Vec<(f64, bool)> = cells.iter().map(|c| (c.score, c.truth == 0)).collect();
                return auc(&scores);
            }
            Self::Ece => {
                let right: Option<Vec<(f64, bool)>> = cells
                    .iter()
                    .map(|c| Some((c.confidence?, c.truth == c.decision)))
                    .collect();
                return Some(expected_calibration_error(&right?));
            }
            _ => {}
        }
        let m = confusion(cells, labels);
        Some(match self {
            Self::WeightedF1 => m.weighted_f1(),
            Self::BalancedAccuracy => m.balanced_accuracy(),
            Self::Accuracy => m.accuracy(),
            Self::Sensitivity => m.recall(0),
            Self::Specificity => m.specificity(0),
            Self::Precision => m.precision(0),
            Self::F1 => m.f1(0),
            _ => m.kappa(),
        })
    }
}

/// Rows are true labels, columns decided ones.
fn confusion(cells: &[Scored], labels: usize) -> ConfusionMatrix {
    ConfusionMatrix::from_pairs(labels, cells.iter().map(|c| (c.truth, c.decision)))
}

/// All figures of one classifier, with 95 % intervals over subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Number of cells.
    pub cells: u64,
    /// Rows are true labels, columns decided ones.
    pub confusion: ConfusionMatrix,
    /// Where they have a meaning.
    pub values: BTreeMap<Figure, f64>,
    /// By resampling subjects (bootstrap, 1000 times).
    pub intervals: BTreeMap<Figure, Interval>,
}

impl Figures {
    /// Resamples of the bootstrap.
    const RESAMPLES: usize = 1000;

    /// `subjects` holds the cells of each subject group.
    pub fn of(subjects: &[Vec<Scored>], labels: usize, seed: u64) -> Self {
        let cells: Vec<Scored> = subjects.iter().flatten().copied().collect();
        let value = |f: Figure| Some((f, f.of(&cells, labels)?));
        let values: BTreeMap<Figure, f64> = Figure::ALL.into_iter().filter_map(value).collect();
        let interval = |f: &Figure| {
            let of = |c: &[Scored]| f.of(c, labels);
            Some((*f, bootstrap_over_subjects(subjects, Self::RESAMPLES, seed, of)?))
        };
        Self {
            cells: cells.len() as u64,
            confusion: confusion(&cells, labels),
            intervals: values.keys().filter_map(interval).collect(),
            values,
        }
    }

    /// One figure.
    pub fn get(&self, figure: Figure) -> Option<f64> {
        self.values.get(&figure).copied()
    }

    /// `0.812 (0.741 to 0.870)`, or `-`.
    pub fn show(&self, figure: Figure) -> String {
        match (self.get(figure), self.intervals.get(&figure)) {
            (Some(v), Some(i)) => format!("{v:.3} ({:.3} to {:.3})", i.low, i.high),
            (Some(v), None) => format!("{v:.3}"),
            _ => "-".into(),
        }
    }
}
