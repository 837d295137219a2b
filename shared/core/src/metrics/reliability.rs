use serde::{Deserialize, Serialize};

/// Cells whose confidence falls into one bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Mean confidence of the bin's cells, 0..=1.
    pub confidence: f64,
    /// Share of them decided right.
    pub accuracy: f64,
    /// Number of cells.
    pub cells: u64,
}

/// Equal-width bins of confidence over 0..=1, empty bins left out. `cells` are (confidence in the
/// decided label, decided right).
pub fn reliability(cells: &[(f64, bool)], bins: usize) -> Vec<ReliabilityBin> {
    let mut sums = vec![(0.0, 0u64, 0u64); bins.max(1)];
    for (confidence, right) in cells {
        let i = ((confidence * bins as f64) as usize).min(sums.len() - 1);
        sums[i].0 += confidence;
        sums[i].1 += u64::from(*right);
        sums[i].2 += 1;
    }
    let bin = |(confidence, right, n): (f64, u64, u64)| ReliabilityBin {
        confidence: confidence / n as f64,
        accuracy: right as f64 / n as f64,
        cells: n,
    };
    sums.into_iter().filter(|s| s.2 > 0).map(bin).collect()
}

/// Expected calibration error over 15 bins (Naeini et al. 2015), 0..=1; 0 without cells.
pub fn expected_calibration_error(cells: &[(f64, bool)]) -> f64 {
    let n = cells.len().max(1) as f64;
    reliability(cells, 15)
        .iter()
        .map(|b| (b.confidence - b.accuracy).abs() * b.cells as f64 / n)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_gap_between_confidence_and_accuracy() {
        let cells: Vec<(f64, bool)> = (0..100).map(|i| (0.9, i < 70)).collect();
        assert!((expected_calibration_error(&cells) - 0.2).abs() < 1e-9);
        assert_eq!(expected_calibration_error(&[]), 0.0);
        assert_eq!(reliability(&[(1.0, true), (0.0, false)], 10).len(), 2);
    }
}
