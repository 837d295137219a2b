//! The shares of the white cells of a slide, as they were called and corrected for the errors of the classifier.
//!
//! Rogan and Gladen 1978 for many labels: what a slide was called is a mixture of what the classifier calls each label,
//! and the shares of that mixture are found by expectation and maximisation (Dempster, Laird and Rubin 1977), which keeps
//! them within 0 to 1. The interval is that of a slide of a new subject: each of many draws takes, for every label, the
//! calls of one measured subject of one measured source, with their own sampling error, and resamples the cells.

use super::errors::{MeasuredErrors, SubjectCalls};
use super::interval::{Interval, wilson};
use crate::class::{Role, Roles};
use crate::random::SplitMix64;
use std::collections::BTreeMap;

/// Draws of an interval.
const DRAWS: usize = 400;
/// Steps of expectation and maximisation.
const STEPS: usize = 60;
/// Cells of the mean over all sources that are added to those of a subject, so that few cells claim nothing certain.
const PRIOR: f64 = 2.0;

/// The share of one counted label among the white cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelShare {
    /// Index of the label.
    pub label: usize,
    /// Cells called it.
    pub cells: u64,
    /// Their share of the white cells, 0 to 1; `None` without white cells.
    pub share: Option<f64>,
    /// Its 95 % interval as for cells that were called without error (Wilson 1927).
    pub interval: Interval,
    /// The share corrected for the errors of the classifier, 0 to 1; `None` where these are unknown.
    pub corrected: Option<f64>,
    /// Its 95 % interval for a subject of a source like the measured ones; `None` where the errors are unknown.
    pub corrected_interval: Option<Interval>,
}

/// Cells of one label that is reported beside the white cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerHundred {
    /// Index of the label.
    pub label: usize,
    /// Cells called it.
    pub cells: u64,
    /// Cells for each 100 white cells; `None` without white cells.
    pub per_hundred: Option<f64>,
    /// Its 95 % interval, from that of the share among both (Wilson 1927); the upper end is infinite without white cells.
    pub interval: Interval,
}

/// The white cells of a slide.
#[derive(Debug, Clone, PartialEq)]
pub struct Differential {
    /// Cells called a counted label.
    pub white_cells: u64,
    /// Counted labels in the order of the labels.
    pub shares: Vec<LabelShare>,
    /// Labels reported beside them.
    pub beside: Vec<PerHundred>,
}

impl Differential {
    /// The share of the blast.
    pub fn blast(&self, roles: &Roles) -> Option<&LabelShare> {
        self.shares.iter().find(|s| s.label == roles.blast())
    }
}

/// The differential of the cells that were called each label, in the order of the labels; the unidentified have no part.
/// `errors`: those of the classifier among identified cells, where they are known.
pub fn differential(called: &[u64], roles: &Roles, errors: Option<&MeasuredErrors>) -> Differential {
    let count = |label: usize| called.get(label).copied().unwrap_or(0);
    let of_role = |wanted: fn(Role) -> bool| {
        let all = roles.all().iter().enumerate();
        all.filter(move |(_, r)| wanted(**r)).map(|(i, _)| i)
    };
    let white_cells: u64 = of_role(Role::is_counted).map(count).sum();
    let corrected = errors
        .filter(|e| white_cells > 0 && !e.rows().is_empty())
        .map(|e| Correction::new(called, roles, e).shares());
    let shares = of_role(Role::is_counted).map(|label| {
        let interval = wilson(count(label), white_cells);
        // Resampled cells never are a label that none was called; that none was called leaves as much open as without errors.
        let open = |c: Interval| match count(label) {
            0 => Interval {
                high: c.high.max(interval.high),
                ..c
            },
            _ => c,
        };
        LabelShare {
            label,
            cells: count(label),
            share: (white_cells > 0).then(|| count(label) as f64 / white_cells as f64),
            interval,
            corrected: corrected.as_ref().map(|c| c[label].0),
            corrected_interval: corrected.as_ref().map(|c| open(c[label].1)),
        }
    });
    let shares = shares.collect();
    let beside = of_role(|r| r == Role::Beside).map(|label| {
        let odds = |p: f64| 100.0 * p / (1.0 - p);
        let among = wilson(count(label), count(label) + white_cells);
        PerHundred {
            label,
            cells: count(label),
            per_hundred: (white_cells > 0).then(|| 100.0 * count(label) as f64 / white_cells as f64),
            interval: Interval {
                low: odds(among.low),
                high: odds(among.high),
            },
        }
    });
    Differential {
        white_cells,
        beside: beside.collect(),
        shares,
    }
}

/// What is needed to correct one slide.
struct Correction<'a> {
    called: Vec<f64>,
    roles: &'a Roles,
    /// For each label, the measured subjects of each source.
    subjects: Vec<Vec<Vec<&'a SubjectCalls>>>,
    /// For each label, what its cells are called in the mean over sources.
    means: Vec<Vec<f64>>,
}

impl<'a> Correction<'a> {
    fn new(called: &[u64], roles: &'a Roles, errors: &'a MeasuredErrors) -> Self {
        let n = roles.all().len();
        let of_label = |label: usize| {
            let mut by_source: BTreeMap<&str, Vec<&SubjectCalls>> = BTreeMap::new();
            let identified = |r: &&SubjectCalls| r.called[..n].iter().any(|c| *c > 0);
            for row in errors
                .rows()
                .iter()
                .filter(|r| r.label == label)
                .filter(identified)
            {
                by_source.entry(&row.source).or_default().push(row);
            }
            by_source.into_values().collect::<Vec<_>>()
        };
        let subjects: Vec<_> = (0..n).map(of_label).collect();
        let means = subjects.iter().enumerate().map(|(label, sources)| {
            let mut mean = vec![0.0; n];
            for source in sources {
                let cells = |c: usize| source.iter().map(|r| r.called[c]).sum::<u64>() as f64;
                let all: f64 = (0..n).map(cells).sum();
                for (c, m) in mean.iter_mut().enumerate() {
                    *m += cells(c) / all / sources.len() as f64;
                }
            }
            if sources.is_empty() {
                mean[label] = 1.0;
            }
            mean
        });
        let means = means.collect();
        Self {
            called: called.iter().take(n).map(|c| *c as f64).collect(),
            roles,
            subjects,
            means,
        }
    }

    /// Share among the white cells and interval of each label.
    fn shares(&self) -> Vec<(f64, Interval)> {
        let best = self.unmixed(&self.called, &self.means);
        let seed: Vec<u64> = self.called.iter().map(|c| *c as u64).collect();
        let mut random = SplitMix64::keyed(&seed);
        let mut drawn = vec![Vec::with_capacity(DRAWS); best.len()];
        for _ in 0..DRAWS {
            let rows: Vec<Vec<f64>> = (0..best.len()).map(|l| self.draw_row(l, &mut random)).collect();
            let cells: Vec<f64> = self.called.iter().map(|c| gamma(*c, &mut random)).collect();
            for (all, share) in drawn.iter_mut().zip(self.unmixed(&cells, &rows)) {
                all.push(share);
            }
        }
        let interval = |(share, mut all): (f64, Vec<f64>)| {
            all.sort_by(f64::total_cmp);
            let at = |q: f64| all[((all.len() - 1) as f64 * q).round() as usize];
            let interval = Interval {
                low: at(0.025).min(share),
                high: at(0.975).max(share),
            };
            (share, interval)
        };
        best.into_iter().zip(drawn).map(interval).collect()
    }

    /// What the cells of a label are called in a subject like one of those measured.
    fn draw_row(&self, label: usize, random: &mut SplitMix64) -> Vec<f64> {
        let (sources, mean) = (&self.subjects[label], &self.means[label]);
        let measured = sources.get(random.below(sources.len()));
        let subject = measured.and_then(|s| s.get(random.below(s.len())));
        let cells = |c: usize| subject.map_or(0.0, |s| s.called[c] as f64);
        let row = mean.iter().enumerate();
        let row: Vec<f64> = row
            .map(|(c, m)| gamma(cells(c) + PRIOR * (m + 0.5 / mean.len() as f64), random))
            .collect();
        let sum: f64 = row.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        row.into_iter().map(|v| v / sum).collect()
    }

    /// Shares among the white cells of the mixture of `rows` that is likeliest to be called `cells`.
    fn unmixed(&self, cells: &[f64], rows: &[Vec<f64>]) -> Vec<f64> {
        let n = rows.len();
        let mut shares = vec![1.0 / n as f64; n];
        for _ in 0..STEPS {
            let expected = |c: usize| -> f64 { shares.iter().zip(rows).map(|(p, row)| p * row[c]).sum() };
            let ratios: Vec<f64> = (0..n)
                .map(|c| cells[c] / expected(c).max(f64::MIN_POSITIVE))
                .collect();
            let weight = |row: &Vec<f64>| -> f64 { row.iter().zip(&ratios).map(|(m, r)| m * r).sum() };
            let next: Vec<f64> = shares.iter().zip(rows).map(|(p, row)| p * weight(row)).collect();
            let sum: f64 = next.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            shares = next.into_iter().map(|v| v / sum).collect();
        }
        let counted = |i: usize| self.roles.role(i).is_some_and(Role::is_counted);
        let white: f64 = (0..n).filter(|i| counted(*i)).map(|i| shares[i]).sum();
        shares.iter().map(|p| p / white.max(f64::MIN_POSITIVE)).collect()
    }
}

/// A gamma variate of this shape and scale 1 (Marsaglia and Tsang 2000); 0 for shape 0.
fn gamma(shape: f64, random: &mut SplitMix64) -> f64 {
    if shape <= 0.0 {
        return 0.0;
    }
    if shape < 1.0 {
        let u = f64::from(random.unit()).max(f64::MIN_POSITIVE);
        return gamma(shape + 1.0, random) * u.powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = f64::from(random.normal());
        let v = (1.0 + c * x).powi(3);
        let u = f64::from(random.unit()).max(f64::MIN_POSITIVE);
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

#[cfg(test)]
#[path = "differential_tests.rs"]
mod tests;
