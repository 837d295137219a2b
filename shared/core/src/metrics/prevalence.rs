//! The share of blasts behind the share that a classifier with known errors calls blasts.

use super::interval::{Interval, Z95};
use super::normal::normal_cdf;
use super::performance::Performance;

/// Standard errors below its own false-positive rate at which a classifier is no longer the one that was
/// measured: 99.5 %, one-sided.
const BELOW: f64 = 2.575_829_303_548_901;
/// Places between 0 and 1 at which the ends of an interval are looked for before they are narrowed down.
const PLACES: u32 = 64;

/// Right and wrong answers added to those that a share was measured on: between the half of Jeffreys and the
/// one of Agresti and Coull 1998, where simulated coverage is nearest to 95 %.
const ADDED: f64 = 0.75;

/// A share of blasts that is corrected for the errors of the classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prevalence {
    /// Estimate of Rogan and Gladen 1978, held within 0 to 1; `None` without cells, or when the classifier
    /// cannot tell.
    pub share: Option<f64>,
    /// What the cells and the uncertainty of sensitivity and specificity together allow.
    pub interval: Interval,
    /// Sensitivity and specificity together are not surely above 1: whatever it calls, it cannot tell. The
    /// interval is then 0 to 1.
    pub cannot_tell: bool,
    /// Fewer cells are called blasts than its false-positive rate explains (99.5 %): on these cells it is not
    /// the classifier that was measured.
    pub below_its_error: bool,
}

/// The prevalence behind `hits` among `total` cells with its 95 % interval; see [`prevalence_at`].
pub fn prevalence(hits: u64, total: u64, performance: &Performance) -> Prevalence {
    prevalence_at(hits, total, performance, Z95)
}

/// As [`prevalence`], for the two-sided confidence of the normal quantile `z`, above 0.
///
/// The interval holds every share of blasts that the score test does not reject. Its variance has the
/// sampling error of the cells at that share, as Wilson's has, and those of sensitivity and specificity, each
/// of its [`effective cells`](super::MeasuredShare::effective_cells) with a right and a wrong answer added, as
/// Lang and Reiczigel 2014 do. Because no share is below 0 or above 1, shares are ranked by their likelihood ratio
/// against the best possible share (Feldman and Cousins 1998): the interval is never empty and keeps its
/// confidence at 0, where one that is cut off there would have 97.5 %. With sensitivity and specificity known
/// exactly, and away from 0 and 1, it is the Wilson interval, transformed.
pub fn prevalence_at(hits: u64, total: u64, performance: &Performance, z: f64) -> Prevalence {
    let test = ScoreTest::new(hits, total, performance);
    let whole = Prevalence {
        share: None,
        interval: Interval { low: 0.0, high: 1.0 },
        cannot_tell: test.cannot_tell(),
        below_its_error: false,
    };
    if total == 0 || whole.cannot_tell {
        return whole;
    }
    let (sensitivity, specificity) = (performance.sensitivity.share, performance.specificity.share);
    let youden = sensitivity + specificity - 1.0;
    let share = ((test.observed + specificity - 1.0) / youden).clamp(0.0, 1.0);
    let best = test.best();
    let [low, high] = [0.0, 1.0].map(|end| test.outermost(best, end, z));
    Prevalence {
        share: Some(share),
        interval: Interval {
            low: low.min(share),
            high: high.max(share),
        },
        below_its_error: test.distance(0.0) < -BELOW,
        ..whole
    }
}

/// Tests one share of blasts after the other against what was observed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScoreTest {
    observed: f64,
    total: f64,
    sensitivity: f64,
    specificity: f64,
    sensitivity_variance: f64,
    specificity_variance: f64,
}

impl ScoreTest {
    pub(super) fn new(hits: u64, total: u64, performance: &Performance) -> Self {
        let shrunk = |measured: &super::MeasuredShare| {
            let n = measured.effective_cells();
            let with = |answers: f64| (n * measured.share + answers) / (n + 2.0 * answers);
            (with(ADDED), with(1.0) * (1.0 - with(1.0)) / (n + 2.0))
        };
        let (sensitivity, sensitivity_variance) = shrunk(&performance.sensitivity);
        let (specificity, specificity_variance) = shrunk(&performance.specificity);
        Self {
            observed: hits.min(total) as f64 / total.max(1) as f64,
            total: total.max(1) as f64,
            sensitivity,
            specificity,
            sensitivity_variance,
            specificity_variance,
        }
    }

    fn cannot_tell(&self) -> bool {
        let youden = self.sensitivity + self.specificity - 1.0;
        youden.is_nan() || youden <= Z95 * (self.sensitivity_variance + self.specificity_variance).sqrt()
    }

    /// Share of cells that are called blasts when `share` of them are.
    fn called(&self, share: f64) -> f64 {
        share * self.sensitivity + (1.0 - share) * (1.0 - self.specificity)
    }

    fn deviation(&self, share: f64) -> f64 {
        let called = self.called(share);
        let variance = called * (1.0 - called) / self.total
            + share.powi(2) * self.sensitivity_variance
            + (1.0 - share).powi(2) * self.specificity_variance;
        variance.sqrt()
    }

    /// Standard deviations between what was observed and what `share` leads one to expect.
    fn distance(&self, share: f64) -> f64 {
        (self.observed - self.called(share)) / self.deviation(share)
    }

    /// The likeliest share, 0 to 1.
    fn best(&self) -> f64 {
        let youden = self.sensitivity + self.specificity - 1.0;
        ((self.observed + self.specificity - 1.0) / youden).clamp(0.0, 1.0)
    }

    /// Whether `share` is not rejected.
    pub(super) fn accepts(&self, share: f64, z: f64) -> bool {
        let deviation = self.deviation(share);
        let below = (self.called(share) - self.called(0.0)) / deviation;
        let above = (self.called(1.0) - self.called(share)) / deviation;
        let edges = |c: f64| [edge(c, below), edge(c, above)];
        let wanted = 2.0 * normal_cdf(z) - 1.0;
        // The ratio from which on the share is rejected: between 0 and that without any bounds.
        let (mut low, mut high) = (0.0, z * z);
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            let [left, right] = edges(middle);
            match normal_cdf(right) - normal_cdf(-left) < wanted {
                true => low = middle,
                false => high = middle,
            }
        }
        let [left, right] = edges(high);
        let distance = self.distance(share);
        -left <= distance && distance <= right
    }

    /// The accepted share that is farthest from the best one towards `end`.
    fn outermost(&self, best: f64, end: f64, z: f64) -> f64 {
        let place = |i: u32| end + (best - end) * f64::from(i) / f64::from(PLACES);
        let Some(first) = (0..PLACES).find(|i| self.accepts(place(*i), z)) else {
            return self.narrowed(best, place(PLACES - 1), z);
        };
        match first {
            0 => end,
            i => self.narrowed(place(i), place(i - 1), z),
        }
    }

    fn narrowed(&self, mut accepted: f64, mut rejected: f64, z: f64) -> f64 {
        for _ in 0..40 {
            let middle = (accepted + rejected) / 2.0;
            match self.accepts(middle, z) {
                true => accepted = middle,
                false => rejected = middle,
            }
        }
        accepted
    }
}

/// How far an observation may lie to one side of its expectation, standard deviations, when its likelihood
/// ratio against the best possible share is to stay within `c`, and the bound of what is possible is `bound`
/// away to that side.
fn edge(c: f64, bound: f64) -> f64 {
    match c.sqrt() <= bound {
        true => c.sqrt(),
        false => (c + bound * bound) / (2.0 * bound.max(1e-9)),
    }
}

#[cfg(test)]
#[path = "prevalence_tests.rs"]
mod tests;
