use crate::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// A lower and an upper bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Normal quantile of a two-sided confidence of 95 %.
pub const Z95: f64 = 1.959_963_984_540_054;

/// 95 % interval of a share of `hits` among `total` (Wilson 1927); 0 to 1 without observations. It holds the
/// truth 95 % of the time in the mean over shares, between 93 and 97 % around any of 0 to 0.9, and always
/// when the truth is 0 itself (docs/design/screening.md).
pub fn wilson(hits: u64, total: u64) -> Interval {
    wilson_at(hits, total, Z95)
}

/// As [`wilson`], for the two-sided confidence of the normal quantile `z`, above 0.
pub fn wilson_at(hits: u64, total: u64, z: f64) -> Interval {
    if total == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let n = total as f64;
    let p = hits.min(total) as f64 / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    Interval {
        low: if hits == 0 {
            0.0
        } else {
            ((centre - half) / scale).max(0.0)
        },
        high: if hits >= total {
            1.0
        } else {
            ((centre + half) / scale).min(1.0)
        },
    }
}

/// 95 % percentile interval of a figure by resampling whole subjects with replacement (Efron 1979;
/// subjects, because the cells of one are alike). `subjects` groups the cells by subject; `figure` gets
/// one resampled set of cells and may find itself undefined on it. `None` when fewer than 40
/// resamples define it.
pub fn bootstrap_over_subjects<T: Copy>(
    subjects: &[Vec<T>],
    resamples: usize,
    seed: u64,
    figure: impl Fn(&[T]) -> Option<f64>,
) -> Option<Interval> {
    let mut random = SplitMix64::new(seed);
    let mut cells = Vec::new();
    let mut values: Vec<f64> = (0..resamples)
        .filter_map(|_| {
            cells.clear();
            for _ in 0..subjects.len() {
                cells.extend_from_slice(&subjects[random.below(subjects.len())]);
            }
            figure(&cells)
        })
        .collect();
    if values.len() < 40 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let at = |q: f64| values[((values.len() - 1) as f64 * q).round() as usize];
    Some(Interval {
        low: at(0.025),
        high: at(0.975),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_the_published_bounds() {
        // Newcombe 1998, table I: 81 of 263, and 0 of 20.
        let i = wilson(81, 263);
        assert!(
            (i.low - 0.2553).abs() < 5e-5 && (i.high - 0.3662).abs() < 5e-5,
            "{i:?}"
        );
        let i = wilson(0, 20);
        assert!(i.low == 0.0 && (i.high - 0.1611).abs() < 5e-5, "{i:?}");
        assert_eq!(wilson(0, 0), Interval { low: 0.0, high: 1.0 });
        assert_eq!(wilson(9, 9).high, 1.0);
    }

    /// Probability that Wilson's interval holds `share`, exactly, over all counts of `n` cells.
    fn coverage(n: u64, share: f64) -> f64 {
        // The interval is the same from either end, and the first term must not vanish.
        let share = share.min(1.0 - share);
        let odds = share / (1.0 - share);
        let (mut probability, mut held) = ((1.0 - share).powf(n as f64), 0.0);
        for hits in 0..=n {
            let i = wilson(hits, n);
            if i.low <= share && share <= i.high {
                held += probability;
            }
            probability *= odds * (n - hits) as f64 / (hits + 1) as f64;
        }
        held
    }

    #[test]
    fn wilson_holds_93_to_97_percent_of_the_time() {
        // Counts are whole numbers, so that coverage jumps from share to share: the mean over shares within
        // 0.05 is what is promised (as Brown, Cai and DasGupta 2001 judge intervals).
        for n in [50, 100, 200, 400] {
            for tenth in 0..10 {
                let centre = f64::from(tenth) / 10.0;
                let around = (0..=100).map(|i| centre + f64::from(i - 50) / 1000.0);
                let held: Vec<f64> = around.filter(|p| *p > 0.0).map(|p| coverage(n, p)).collect();
                let mean = held.iter().sum::<f64>() / held.len() as f64;
                assert!((0.93..=0.97).contains(&mean), "n {n}, around {centre}: {mean}");
            }
            assert_eq!(coverage(n, 0.0), 1.0);
        }
    }

    #[test]
    fn subjects_that_differ_widen_the_interval() {
        let mean = |c: &[f64]| (!c.is_empty()).then(|| c.iter().sum::<f64>() / c.len() as f64);
        let alike: Vec<Vec<f64>> = (0..20)
            .map(|_| (0..50).map(|i| f64::from(i % 2)).collect())
            .collect();
        let apart: Vec<Vec<f64>> = (0..20).map(|s| vec![f64::from(s % 2); 50]).collect();
        let width = |s: &[Vec<f64>]| {
            let i = bootstrap_over_subjects(s, 500, 1, mean).unwrap();
            i.high - i.low
        };
        assert!(width(&alike) < 1e-9);
        assert!(width(&apart) > 0.3);
        assert_eq!(bootstrap_over_subjects::<f64>(&[], 500, 1, mean), None);
    }
}
