//! How far two networks say the same of the same cells.

use serde::Serialize;

/// Differences between the logits of two networks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Agreement {
    /// Cells compared.
    pub cells: usize,
    /// Cells whose largest logit is another one.
    pub decisions_that_differ: usize,
    /// That as a share of the cells.
    pub share_that_differs: f64,
    /// Largest difference of a logit.
    pub largest_difference: f32,
    /// Mean difference of a logit, without sign.
    pub mean_difference: f64,
}

impl Agreement {
    /// Compares row by row.
    pub(crate) fn between(a: &[Vec<f32>], b: &[Vec<f32>]) -> Self {
        let pairs = || a.iter().zip(b);
        let differing = pairs().filter(|(a, b)| decision(a) != decision(b)).count();
        let differences: Vec<f32> = pairs()
            .flat_map(|(a, b)| a.iter().zip(b).map(|(x, y)| (x - y).abs()))
            .collect();
        let mean = |sum: f64, count: usize| if count == 0 { 0.0 } else { sum / count as f64 };
        let cells = pairs().count();
        Self {
            cells,
            decisions_that_differ: differing,
            share_that_differs: mean(differing as f64, cells),
            largest_difference: differences.iter().copied().fold(0.0, f32::max),
            mean_difference: mean(differences.iter().map(|d| f64::from(*d)).sum(), differences.len()),
        }
    }
}

/// The label of the largest logit, the first of equals.
fn decision(logits: &[f32]) -> usize {
    let best = logits.iter().enumerate();
    best.fold(
        (0, f32::NEG_INFINITY),
        |best, (i, v)| if *v > best.1 { (i, *v) } else { best },
    )
    .0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_decision_is_counted_and_a_changed_number_measured() {
        let a = [vec![1.0, 0.0], vec![0.0, 1.0], vec![2.0, 1.0]];
        let b = [vec![1.0, 0.5], vec![0.3, 0.2], vec![2.0, 1.0]];
        let found = Agreement::between(&a, &b);
        assert_eq!((found.cells, found.decisions_that_differ), (3, 1));
        assert_eq!(found.largest_difference, 0.8);
        assert!((found.mean_difference - 1.6 / 6.0).abs() < 1e-6);
        assert_eq!(Agreement::between(&[], &[]).share_that_differs, 0.0);
    }
}
