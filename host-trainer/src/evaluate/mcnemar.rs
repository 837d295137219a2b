use serde::{Deserialize, Serialize};

/// Whether two classifiers are right on different shares of the same cells (McNemar 1947). It takes the cells
/// to be independent; cells of one subject are not, so a small p is smaller than it should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct McNemar {
    /// Cells that both decide right.
    pub both: u64,
    /// Cells that only the first one decides right.
    pub only_first: u64,
    /// Cells that only the second one decides right.
    pub only_second: u64,
    /// Cells that neither decides right.
    pub neither: u64,
    /// `(|only_first - only_second| - 1)² / (only_first + only_second)`, chi-square with one degree of freedom
    /// (continuity correction of Edwards 1948); none where the exact test is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chi_square: Option<f64>,
    /// Two-sided; by the binomial distribution where fewer than [`McNemar::FEW`] cells are decided differently.
    pub p: f64,
}

impl McNemar {
    /// From so many discordant cells on, the chi-square distribution is near enough.
    pub(crate) const FEW: u64 = 25;

    /// Of pairs (the first is right, the second is right).
    pub(crate) fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = [0u64; 4];
        for (first, second) in pairs {
            counts[usize::from(!first) * 2 + usize::from(!second)] += 1;
        }
        let [both, only_first, only_second, neither] = counts;
        let (less, more) = (only_first.min(only_second), only_first.max(only_second));
        let discordant = less + more;
        let chi_square = (discordant >= Self::FEW).then(|| {
            // As many on both sides are no difference: the correction must not make one.
            let distance = (more - less) as f64 - 1.0;
            distance.max(0.0).powi(2) / discordant as f64
        });
        let p = match chi_square {
            // The square of a standard normal value.
            Some(chi) => libm::erfc((chi / 2.0).sqrt()),
            None => (2.0 * lower_tail(less, discordant)).min(1.0),
        };
        Self {
            both,
            only_first,
            only_second,
            neither,
            chi_square,
            p,
        }
    }

    /// The name of the test that was taken.
    pub(crate) fn test(&self) -> &'static str {
        match self.chi_square {
            Some(_) => "chi-square with continuity correction",
            None => "exact binomial",
        }
    }
}

/// The chance of at most `hits` heads in `throws` throws of a fair coin.
fn lower_tail(hits: u64, throws: u64) -> f64 {
    let mut term = 0.5f64.powi(throws as i32);
    let mut sum = term;
    for k in 1..=hits {
        term *= (throws - k + 1) as f64 / k as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: [usize; 4]) -> McNemar {
        let kinds = [(true, true), (true, false), (false, true), (false, false)];
        let pairs = kinds.into_iter().zip(counts);
        McNemar::of(pairs.flat_map(|(kind, n)| std::iter::repeat_n(kind, n)))
    }

    #[test]
    fn the_test_gives_the_values_of_scipy() {
        // scipy 1.17: binomtest(6, 22).pvalue, and chi2.sf(61² / 180, 1).
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs().max(1e-3), "{a} {b}");
        let few = of([59, 6, 16, 80]);
        assert_eq!((few.chi_square, few.test()), (None, "exact binomial"));
        close(few.p, 0.052_478_790_283_203_125);
        assert_eq!(of([5, 7, 7, 1]).p, 1.0);
        assert_eq!(of([9, 0, 0, 3]).p, 1.0);
        close(of([1, 0, 5, 1]).p, 0.0625);
        let many = of([101, 121, 59, 33]);
        close(many.chi_square.unwrap(), 20.672_222_222_222_22);
        close(many.p, 5.450_094_825_427_117e-6);
        assert_eq!(
            (many.both, many.only_first, many.only_second, many.neither),
            (101, 121, 59, 33)
        );
        let even = of([10, 20, 20, 10]);
        assert_eq!((even.chi_square, even.p), (Some(0.0), 1.0));
    }
}
