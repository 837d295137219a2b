//! How often a classifier errs, as its package carries it.

use super::interval::Z95;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Subjects below which the spread over subjects cannot be known.
const LEAST_SUBJECTS: u64 = 3;

/// A share of right answers with its uncertainty, measured on the cells of several subjects.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredShare {
    /// Right answers per cell, 0 to 1.
    pub share: f64,
    /// Standard error over subjects, 0 to 1: the cells of one subject are alike.
    pub standard_error: f64,
    /// Cells.
    pub cells: u64,
    /// Subjects that they are of, 3 or more.
    pub subjects: u64,
}

/// Sensitivity and specificity for the first label, among identified cells of subjects that the network was
/// not trained on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performance {
    /// Blasts that are called blasts.
    pub sensitivity: MeasuredShare,
    /// Other cells that are not.
    pub specificity: MeasuredShare,
}

impl MeasuredShare {
    /// From the (right answers, cells) of each subject; subjects without cells do not count. The standard error
    /// is that of a ratio over clusters (Cochran 1977, section 3.12). `None` for fewer than three subjects.
    pub fn over_subjects(subjects: &[(u64, u64)]) -> Option<Self> {
        let counted = || subjects.iter().filter(|(_, cells)| *cells > 0);
        let (k, cells) = (counted().count() as u64, counted().map(|(_, n)| n).sum::<u64>());
        if k < LEAST_SUBJECTS {
            return None;
        }
        let n = cells as f64;
        let share = counted().map(|(right, all)| (*right).min(*all)).sum::<u64>() as f64 / n;
        let squares: f64 = counted()
            .map(|(right, all)| ((*right).min(*all) as f64 - share * *all as f64).powi(2))
            .sum();
        let k_of = k as f64;
        Some(Self {
            share,
            standard_error: ((k_of / (k_of - 1.0) * squares).sqrt() / n).min(1.0),
            cells,
            subjects: k,
        })
    }

    /// Independent cells that would tell as much: `share (1 - share) / standard_error²`, no more than there are
    /// cells, fewer where few subjects leave the standard error itself uncertain (the 95 % quantile of
    /// Student's t in the place of the normal one), and no fewer than 1. Where all answers are alike, one for
    /// each subject.
    pub fn effective_cells(&self) -> f64 {
        let spread = self.share * (1.0 - self.share);
        let squared_error = self.standard_error.powi(2);
        let alike = match spread > 0.0 && squared_error > 0.0 {
            true => spread / squared_error,
            false => self.subjects as f64,
        };
        let few = (Z95 / student_t95(self.subjects.saturating_sub(1))).powi(2);
        (alike * few).min(self.cells as f64).max(1.0)
    }

    fn is_sound(&self) -> bool {
        (0.0..=1.0).contains(&self.share)
            && (0.0..=1.0).contains(&self.standard_error)
            && self.subjects >= LEAST_SUBJECTS
            && self.cells >= self.subjects
    }
}

impl Performance {
    /// Refuses numbers outside the ranges above.
    pub fn check(&self) -> Result<(), Error> {
        if self.sensitivity.is_sound() && self.specificity.is_sound() {
            return Ok(());
        }
        let message = "performance out of range: shares and standard errors are 0 to 1, of 3 subjects or more with a \
                       cell or more each; export the model again";
        Err(Error::new(ErrorKind::Range, message))
    }
}

/// Two-sided 95 % quantile of Student's t (Cornish and Fisher 1938, as in Abramowitz and Stegun 26.7.5); within
/// 1 % from 3 degrees of freedom on.
fn student_t95(degrees: u64) -> f64 {
    let (z, v) = (Z95, degrees.max(2) as f64);
    let powers = |coefficients: [f64; 4]| {
        let [a, b, c, d] = coefficients;
        ((a * z.powi(2) + b) * z.powi(2) + c) * z.powi(3) + d * z
    };
    z + (z.powi(3) + z) / (4.0 * v)
        + powers([0.0, 5.0, 16.0, 3.0]) / (96.0 * v * v)
        + powers([3.0, 19.0, 17.0, -15.0]) / (384.0 * v.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_one_subject_count_for_less_where_subjects_differ() {
        let alike = MeasuredShare::over_subjects(&[(80, 100); 20]).unwrap();
        let apart: Vec<(u64, u64)> = (0..20).map(|s| (if s % 5 == 0 { 0 } else { 100 }, 100)).collect();
        let apart = MeasuredShare::over_subjects(&apart).unwrap();
        assert_eq!((alike.share, apart.share), (0.8, 0.8));
        // 16 subjects of 20 right: as much as 20 cells, less for the few subjects.
        assert!(
            (apart.standard_error - (0.16f64 / 19.0).sqrt()).abs() < 1e-12,
            "{apart:?}"
        );
        assert!(
            (15.0..20.0).contains(&apart.effective_cells()),
            "{}",
            apart.effective_cells()
        );
        assert!(alike.effective_cells() >= 17.0);
        assert_eq!(MeasuredShare::over_subjects(&[(1, 2), (3, 4), (0, 0)]), None);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, t) in [(3, 3.182), (5, 2.571), (11, 2.201), (24, 2.064), (1000, 1.962)] {
            let ours = student_t95(degrees);
            assert!((ours / t - 1.0).abs() < 0.01, "{degrees}: {ours}");
        }
    }

    #[test]
    fn impossible_performance_is_refused() {
        let share = MeasuredShare::over_subjects(&[(8, 10), (9, 10), (7, 10)]).unwrap();
        let performance = |sensitivity| Performance {
            sensitivity,
            specificity: share,
        };
        assert!(performance(share).check().is_ok());
        for wrong in [
            MeasuredShare { share: 1.2, ..share },
            MeasuredShare {
                share: f64::NAN,
                ..share
            },
            MeasuredShare {
                standard_error: -0.1,
                ..share
            },
            MeasuredShare { subjects: 2, ..share },
            MeasuredShare { cells: 2, ..share },
        ] {
            assert!(performance(wrong).check().is_err(), "{wrong:?}");
        }
    }
}
