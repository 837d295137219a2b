use super::Prediction;
use blastscope_shared::class::LabelSet;
use blastscope_shared::metrics::{Interval, wilson};
use serde::{Deserialize, Serialize};

/// Figures of one subject group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SubjectFigures {
    /// Name of the group.
    pub group: String,
    /// Label that most of its cells have.
    pub label: String,
    /// Number of cells.
    pub cells: u64,
    /// Share that the network decides right.
    pub right: f64,
    /// Share that cell area alone decides right, where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_by_area: Option<f64>,
    /// Mean probability of the first label.
    pub mean_probability: f64,
    /// Share of its cells that are decided to be of the first label.
    #[serde(default)]
    pub called: f64,
    /// Label that most of its cells are decided to be, by the calibrated rule for cells; of equally many the
    /// one that comes first. Empty in reports that were written before it was kept.
    #[serde(default)]
    pub decision: String,
}

/// How many subject groups are decided to be what they are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct SubjectAccuracy {
    /// Decided right.
    pub right: u64,
    /// All of them.
    pub subjects: u64,
    /// Their quotient.
    pub share: f64,
    /// 95 % interval of a share (Wilson 1927): a subject counts once, whatever the number of its cells.
    pub interval: Interval,
}

impl SubjectFigures {
    pub(super) fn of(group: &str, cells: &[&Prediction], labels: &LabelSet) -> Self {
        let share = |of: &dyn Fn(&Prediction) -> bool| {
            cells.iter().filter(|p| of(p)).count() as f64 / cells.len().max(1) as f64
        };
        let most = |of: &dyn Fn(&Prediction) -> usize| {
            let label = (0..labels.len())
                .rev()
                .max_by_key(|l| cells.iter().filter(|p| of(p) == *l).count());
            labels.name(label.unwrap_or(0)).unwrap_or_default().to_owned()
        };
        Self {
            group: group.to_owned(),
            label: most(&|p| p.label),
            cells: cells.len() as u64,
            right: share(&|p| p.decision == p.label),
            right_by_area: cells
                .iter()
                .all(|p| p.by_area.is_some())
                .then(|| share(&|p| p.by_area == Some(p.label))),
            mean_probability: cells.iter().map(|p| f64::from(p.probability)).sum::<f64>()
                / cells.len().max(1) as f64,
            called: share(&|p| p.decision == 0),
            decision: most(&|p| p.decision),
        }
    }

    /// True where the group is decided to be what most of its cells are.
    pub(crate) fn is_right(&self) -> bool {
        self.decision == self.label
    }
}

impl SubjectAccuracy {
    /// `None` without subjects.
    pub(crate) fn of(subjects: &[SubjectFigures]) -> Option<Self> {
        let count = subjects.len() as u64;
        let right = subjects.iter().filter(|s| s.is_right()).count() as u64;
        (count > 0).then(|| Self {
            right,
            subjects: count,
            share: right as f64 / count as f64,
            interval: wilson(right, count),
        })
    }
}
