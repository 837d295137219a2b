use serde::{Deserialize, Serialize};

/// Counts of cells by true label (row) and decided label (column).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    counts: Vec<Vec<u64>>,
}

impl ConfusionMatrix {
    /// An empty matrix for `labels` labels.
    pub fn new(labels: usize) -> Self {
        Self {
            counts: vec![vec![0; labels]; labels],
        }
    }

    /// Counts pairs of (true, decided) labels. Pairs outside the matrix are left out.
    pub fn from_pairs(labels: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut matrix = Self::new(labels);
        pairs.into_iter().for_each(|(t, d)| matrix.add(t, d));
        matrix
    }

    /// Counts one cell.
    pub fn add(&mut self, truth: usize, decision: usize) {
        if let Some(n) = self.counts.get_mut(truth).and_then(|row| row.get_mut(decision)) {
            *n += 1;
        }
    }

    /// Rows are true labels, columns decided ones.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Number of cells.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Cells of a label.
    pub fn support(&self, label: usize) -> u64 {
        self.counts.get(label).map_or(0, |row| row.iter().sum())
    }

    fn decided(&self, label: usize) -> u64 {
        self.counts.iter().filter_map(|row| row.get(label)).sum()
    }

    fn hits(&self, label: usize) -> u64 {
        self.counts
            .get(label)
            .and_then(|row| row.get(label))
            .copied()
            .unwrap_or(0)
    }

    /// Share of cells decided right; 0 without cells.
    pub fn accuracy(&self) -> f64 {
        ratio((0..self.counts.len()).map(|l| self.hits(l)).sum(), self.total())
    }

    /// Share of a label's cells that are decided so (sensitivity of that label); 0 without such cells.
    pub fn recall(&self, label: usize) -> f64 {
        ratio(self.hits(label), self.support(label))
    }

    /// Share of the cells decided so that are so; 0 when none is decided so.
    pub fn precision(&self, label: usize) -> f64 {
        ratio(self.hits(label), self.decided(label))
    }

    /// Share of the other labels' cells that are not decided so; 0 without such cells.
    pub fn specificity(&self, label: usize) -> f64 {
        let others = self.total() - self.support(label);
        let false_positives = self.decided(label) - self.hits(label);
        ratio(others - false_positives, others)
    }

    /// Harmonic mean of precision and recall of a label.
    pub fn f1(&self, label: usize) -> f64 {
        ratio(2 * self.hits(label), self.support(label) + self.decided(label))
    }

    /// Mean of the labels' F1, weighted by their cells: the measure of the C-NMC 2019 challenge.
    pub fn weighted_f1(&self) -> f64 {
        let total = self.total();
        if total == 0 {
            return 0.0;
        }
        (0..self.counts.len())
            .map(|l| self.f1(l) * self.support(l) as f64)
            .sum::<f64>()
            / total as f64
    }

    /// Mean recall of the labels that have cells.
    pub fn balanced_accuracy(&self) -> f64 {
        self.mean_of_present(|l| self.recall(l))
    }

    /// Mean precision of the labels that have cells.
    pub fn macro_precision(&self) -> f64 {
        self.mean_of_present(|l| self.precision(l))
    }

    /// Mean F1 of the labels that have cells.
    pub fn macro_f1(&self) -> f64 {
        self.mean_of_present(|l| self.f1(l))
    }

    fn mean_of_present(&self, of: impl Fn(usize) -> f64) -> f64 {
        let present: Vec<usize> = (0..self.counts.len()).filter(|l| self.support(*l) > 0).collect();
        if present.is_empty() {
            return 0.0;
        }
        present.iter().map(|l| of(*l)).sum::<f64>() / present.len() as f64
    }

    /// Agreement beyond chance (Cohen 1960), -1..=1; 0 where it is undefined.
    pub fn kappa(&self) -> f64 {
        let n = self.total() as f64;
        if n == 0.0 {
            return 0.0;
        }
        let chance: f64 = (0..self.counts.len())
            .map(|l| self.support(l) as f64 / n * (self.decided(l) as f64 / n))
            .sum();
        if (1.0 - chance).abs() < 1e-12 {
            0.0
        } else {
            (self.accuracy() - chance) / (1.0 - chance)
        }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_worked_example() {
        // scikit-learn 1.7 on the same counts: 40 and 10 of the first label, 5 and 45 of the second, uneven.
        let mut m = ConfusionMatrix::new(2);
        for (t, d, n) in [(0, 0, 40), (0, 1, 20), (1, 0, 5), (1, 1, 35)] {
            (0..n).for_each(|_| m.add(t, d));
        }
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(m.accuracy(), 0.75);
        close(m.recall(0), 2.0 / 3.0);
        close(m.specificity(0), 0.875);
        close(m.precision(0), 40.0 / 45.0);
        close(m.f1(0), 80.0 / 105.0);
        close(m.weighted_f1(), 0.6 * 80.0 / 105.0 + 0.4 * 70.0 / 95.0);
        close(m.balanced_accuracy(), (2.0 / 3.0 + 0.875) / 2.0);
        close(m.kappa(), (0.75 - (0.6 * 0.45 + 0.4 * 0.55)) / (1.0 - 0.49));
    }

    #[test]
    fn figures_of_three_labels_by_hand() {
        // Rows: 5 right of 8; 4 of 6; 6 of 6.
        let mut m = ConfusionMatrix::new(3);
        for (t, d, n) in [
            (0, 0, 5),
            (0, 1, 2),
            (0, 2, 1),
            (1, 0, 1),
            (1, 1, 4),
            (1, 2, 1),
            (2, 2, 6),
        ] {
            (0..n).for_each(|_| m.add(t, d));
        }
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        let f1 = [10.0 / 14.0, 8.0 / 12.0, 12.0 / 14.0];
        close(m.weighted_f1(), (8.0 * f1[0] + 6.0 * f1[1] + 6.0 * f1[2]) / 20.0);
        close(m.macro_f1(), f1.iter().sum::<f64>() / 3.0);
        close(m.balanced_accuracy(), (5.0 / 8.0 + 4.0 / 6.0 + 1.0) / 3.0);
        close(m.macro_precision(), (5.0 / 6.0 + 4.0 / 6.0 + 6.0 / 8.0) / 3.0);
        let chance = (8.0 * 6.0 + 6.0 * 6.0 + 6.0 * 8.0) / 400.0;
        close(m.kappa(), (0.75 - chance) / (1.0 - chance));
        close(m.specificity(2), 12.0 / 14.0);
    }

    #[test]
    fn no_cells_give_zero_and_not_nan() {
        let m = ConfusionMatrix::new(3);
        for v in [
            m.accuracy(),
            m.recall(0),
            m.f1(1),
            m.weighted_f1(),
            m.kappa(),
            m.specificity(2),
            m.balanced_accuracy(),
        ] {
            assert_eq!(v, 0.0);
        }
        let one = ConfusionMatrix::from_pairs(2, [(0, 0)]);
        assert_eq!((one.kappa(), one.balanced_accuracy()), (0.0, 1.0));
    }
}
