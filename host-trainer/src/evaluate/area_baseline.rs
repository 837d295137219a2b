use super::best_threshold;
use crate::data::DataSet;
use blastscope_shared::metrics::auc;
use serde::{Deserialize, Serialize};

/// The yardstick of one line: a cell is of the first label when its area is on one side of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreaBaseline {
    /// Pixels of the picture; at or above it a cell is large.
    pub threshold: f64,
    /// Large cells are of the first label.
    pub large_is_first: bool,
}

impl AreaBaseline {
    /// The baseline of a data set: of two labels, and where there are cells to measure. A threshold tells no
    /// three labels apart, and the area of a whole picture says nothing.
    pub(crate) fn of(data: &DataSet, cells: &[usize]) -> Option<Self> {
        let fits = data.spec().framing.is_masked_cell() && data.collection().labels.len() == 2;
        let known = |i: &usize| (data.area(*i), data.cell(*i).label);
        fits.then(|| Self::fit(&cells.iter().map(known).collect::<Vec<_>>()))
    }

    /// The threshold that gives the largest weighted F1 on these cells: (area in pixels, label).
    pub(crate) fn fit(cells: &[(u64, usize)]) -> Self {
        let scores: Vec<(f64, bool)> = cells.iter().map(|c| (c.0 as f64, c.1 == 0)).collect();
        let large_is_first = auc(&scores).is_none_or(|a| a >= 0.5);
        let signed: Vec<(f64, bool)> = scores
            .into_iter()
            .map(|(s, p)| (if large_is_first { s } else { -s }, p))
            .collect();
        Self {
            threshold: best_threshold(&signed).unwrap_or(0.0).abs(),
            large_is_first,
        }
    }

    /// 0 for the first label, 1 for another.
    pub(crate) fn decide(&self, area: u64) -> usize {
        let large = area as f64 >= self.threshold;
        usize::from(large != self.large_is_first)
    }
}
