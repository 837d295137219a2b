use blastscope_shared::metrics::{
    ConfusionMatrix, Interval, auc, bootstrap_over_subjects, expected_calibration_error, macro_auc,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One decided cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scored<'a> {
    /// True label.
    pub truth: usize,
    /// Decided label.
    pub decision: usize,
    /// Larger means more like the first label.
    pub score: f64,
    /// Probability of the decided label, where there is one.
    pub confidence: Option<f64>,
    /// Probabilities of all labels, where there are more than two.
    pub probabilities: &'a [f32],
}

/// A figure of decided cells. With two labels the first is the positive one; with more, macro figures are
/// means over the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figure {
    /// The headline of the C-NMC challenge.
    WeightedF1,
    /// Mean recall.
    BalancedAccuracy,
    /// Area under the ROC curve, of two labels.
    Auc,
    /// Mean over labels of the area under the ROC curve of that label against the rest.
    MacroAuc,
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
    /// Mean over labels.
    MacroPrecision,
    /// Mean over labels.
    MacroF1,
    /// Cohen's.
    Kappa,
    /// Expected calibration error.
    Ece,
}

impl Figure {
    /// Those of two labels, the headline first.
    pub(crate) const OF_TWO: [Self; 10] = [
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

    /// Those of more labels, the headline first. The mean sensitivity is the balanced accuracy.
    pub(crate) const OF_MORE: [Self; 8] = [
        Self::WeightedF1,
        Self::BalancedAccuracy,
        Self::MacroAuc,
        Self::Accuracy,
        Self::MacroPrecision,
        Self::MacroF1,
        Self::Kappa,
        Self::Ece,
    ];

    /// The figures that have a meaning for so many labels, the headline first.
    pub(crate) fn for_labels(labels: usize) -> &'static [Self] {
        if labels == 2 {
            &Self::OF_TWO
        } else {
            &Self::OF_MORE
        }
    }

    /// For tables and pictures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WeightedF1 => "weighted F1",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::Auc => "AUC",
            Self::MacroAuc => "macro AUC (one vs rest)",
            Self::Accuracy => "accuracy",
            Self::Sensitivity => "sensitivity",
            Self::Specificity => "specificity",
            Self::Precision => "precision",
            Self::F1 => "F1",
            Self::MacroPrecision => "macro precision",
            Self::MacroF1 => "macro F1",
            Self::Kappa => "kappa",
            Self::Ece => "ECE",
        }
    }

    /// The figure of some cells; `None` where it has no meaning (cells of one class alone, no confidence,
    /// another number of labels).
    pub(crate) fn of(self, cells: &[Scored<'_>], labels: usize) -> Option<f64> {
        let first = cells.first()?.truth;
        if cells.iter().all(|c| c.truth == first) || !Self::for_labels(labels).contains(&self) {
            return None;
        }
        match self {
            Self::Auc => {
                let scores: Vec<(f64, bool)> = cells.iter().map(|c| (c.score, c.truth == 0)).collect();
                return auc(&scores);
            }
            Self::MacroAuc => return macro_auc(labels, &cells.iter().map(|c| (c.truth, c.probabilities))),
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
            Self::MacroPrecision => m.macro_precision(),
            Self::MacroF1 => m.macro_f1(),
            _ => m.kappa(),
        })
    }
}

/// Rows are true labels, columns decided ones.
fn confusion(cells: &[Scored<'_>], labels: usize) -> ConfusionMatrix {
    ConfusionMatrix::from_pairs(labels, cells.iter().map(|c| (c.truth, c.decision)))
}

/// How well one of more than two labels is told from the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LabelFigures {
    /// Cells that have this label.
    pub cells: u64,
    /// Recall of this label.
    pub sensitivity: f64,
    /// Recall of the others together.
    pub specificity: f64,
    /// Share of the cells decided so that are so.
    pub precision: f64,
    /// Harmonic mean of precision and sensitivity.
    pub f1: f64,
}

/// All figures of one classifier, with 95 % intervals over subjects, or over pictures where the data name no
/// subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Number of cells.
    pub cells: u64,
    /// Rows are true labels, columns decided ones.
    pub confusion: ConfusionMatrix,
    /// Where they have a meaning.
    pub values: BTreeMap<Figure, f64>,
    /// By resampling subjects (bootstrap, 1000 times).
    pub intervals: BTreeMap<Figure, Interval>,
    /// One entry a label where there are more than two, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_label: Vec<LabelFigures>,
}

impl Figures {
    /// Resamples of the bootstrap.
    const RESAMPLES: usize = 1000;

    /// `subjects` holds the cells of each subject group, or each cell alone.
    pub(crate) fn of(subjects: &[Vec<Scored<'_>>], labels: usize, seed: u64) -> Self {
        let cells: Vec<Scored<'_>> = subjects.iter().flatten().copied().collect();
        let value = |f: Figure| Some((f, f.of(&cells, labels)?));
        let figures = Figure::for_labels(labels).iter().copied();
        let values: BTreeMap<Figure, f64> = figures.filter_map(value).collect();
        let interval = |f: &Figure| {
            let of = |c: &[Scored<'_>]| f.of(c, labels);
            Some((*f, bootstrap_over_subjects(subjects, Self::RESAMPLES, seed, of)?))
        };
        let confusion = confusion(&cells, labels);
        let by_label = |l: usize| LabelFigures {
            cells: confusion.support(l),
            sensitivity: confusion.recall(l),
            specificity: confusion.specificity(l),
            precision: confusion.precision(l),
            f1: confusion.f1(l),
        };
        let more = if labels > 2 { labels } else { 0 };
        Self {
            cells: cells.len() as u64,
            by_label: (0..more).map(by_label).collect(),
            intervals: values.keys().filter_map(interval).collect(),
            confusion,
            values,
        }
    }

    /// One figure.
    pub(crate) fn get(&self, figure: Figure) -> Option<f64> {
        self.values.get(&figure).copied()
    }

    /// `0.812 (0.741 to 0.870)`, or `-`.
    pub(crate) fn show(&self, figure: Figure) -> String {
        match (self.get(figure), self.intervals.get(&figure)) {
            (Some(v), Some(i)) => format!("{v:.3} ({:.3} to {:.3})", i.low, i.high),
            (Some(v), None) => format!("{v:.3}"),
            _ => "-".into(),
        }
    }
}
