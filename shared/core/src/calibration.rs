//! From logits to calibrated probabilities, a decision, and the right to abstain.

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// How a package turns logits into a class. Fitted on validation cells, never on test cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Logits are divided by this before the softmax (Guo et al. 2017); above 0.
    pub temperature: f32,
    /// With two labels: the first label is decided at or above this probability. In (0, 1).
    pub threshold: f32,
    /// With two labels: between these probabilities of the first label (low inclusive, high
    /// exclusive) a cell is unidentified. `low <= threshold <= high`. With more labels: unidentified
    /// when the largest probability is below `high`.
    pub abstain: [f32; 2],
}

/// What is said of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// Calibrated probabilities in label order, summing to 1.
    pub probabilities: Vec<f32>,
    /// Index of the decided label.
    pub decision: usize,
    /// The decided label, or `None`: unidentified.
    pub class: Option<usize>,
    /// Squared distance from the cells that trained the network, in limits; above 1 the cell is unidentified. `None`
    /// where that is not measured.
    pub distance: Option<f32>,
}

impl Classification {
    /// The same cell with its distance from what trained the network: beyond the limit it is unidentified.
    pub fn at_distance(self, distance: f32) -> Self {
        Self {
            class: self.class.filter(|_| distance <= 1.0),
            distance: Some(distance),
            ..self
        }
    }
}

impl Calibration {
    /// Temperature 1, threshold one half, no abstention.
    pub fn identity() -> Self {
        Self {
            temperature: 1.0,
            threshold: 0.5,
            abstain: [0.5, 0.5],
        }
    }

    /// Refuses numbers outside the ranges above.
    pub fn check(&self) -> Result<(), Error> {
        let [low, high] = self.abstain;
        let sound = self.temperature.is_finite()
            && self.temperature > 0.0
            && self.threshold > 0.0
            && self.threshold < 1.0
            && 0.0 <= low
            && low <= self.threshold
            && self.threshold <= high
            && high <= 1.0;
        if sound {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Range,
            format!(
                "calibration out of range: temperature {} (above 0), threshold {} (in 0..1), abstention {low} to {high} (around the threshold)",
                self.temperature, self.threshold
            ),
        ))
    }

    /// Softmax of `logits / temperature`. Logits that are not finite give `None`.
    pub fn probabilities(&self, logits: &[f32]) -> Option<Vec<f32>> {
        if logits.is_empty() || logits.iter().any(|l| !l.is_finite()) {
            return None;
        }
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut p: Vec<f32> = logits
            .iter()
            .map(|l| ((l - top) / self.temperature).exp())
            .collect();
        let sum: f32 = p.iter().sum();
        p.iter_mut().for_each(|v| *v /= sum);
        Some(p)
    }

    /// Decision and class for one cell; `None` when the logits are not finite numbers.
    pub fn judge(&self, logits: &[f32]) -> Option<Classification> {
        let probabilities = self.probabilities(logits)?;
        let (decision, sure) = if let [first, _] = probabilities[..] {
            let decision = usize::from(first < self.threshold);
            (decision, first < self.abstain[0] || first >= self.abstain[1])
        } else {
            let (index, top) =
                probabilities
                    .iter()
                    .copied()
                    .enumerate()
                    .fold(
                        (0, f32::NEG_INFINITY),
                        |best, (i, p)| {
                            if p > best.1 { (i, p) } else { best }
                        },
                    );
            (index, top >= self.abstain[1])
        };
        Some(Classification {
            probabilities,
            decision,
            class: sure.then_some(decision),
            distance: None,
        })
    }
}

/// The temperature that minimises the negative log-likelihood of `labels` given `logits` (one row a
/// cell), by golden-section search over 0.05..20 on a logarithmic scale. 1 when there are no cells.
pub fn fit_temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    if logits.is_empty() {
        return 1.0;
    }
    let loss = |log_t: f64| -> f64 {
        let t = log_t.exp();
        let mut sum = 0.0;
        for (row, &label) in logits.iter().zip(labels) {
            let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let z: f64 = row.iter().map(|l| (f64::from(l - top) / t).exp()).sum();
            sum += z.ln() - f64::from(row.get(label).copied().unwrap_or(top) - top) / t;
        }
        sum
    };
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut a, mut b) = (0.05f64.ln(), 20f64.ln());
    for _ in 0..60 {
        let (c, d) = (b - golden * (b - a), a + golden * (b - a));
        if loss(c) < loss(d) {
            b = d;
        } else {
            a = c;
        }
    }
    ((a + b) / 2.0).exp() as f32
}

/// The abstention band: the widest band around `threshold`, in steps of 0.01 to either side, that
/// leaves out at most `share` of the cells. `first` holds the calibrated probability of the first label.
pub fn fit_abstention(first: &[f32], threshold: f32, share: f64) -> [f32; 2] {
    let allowed = (first.len() as f64 * share).floor() as usize;
    let mut band = [threshold, threshold];
    for step in 1..=100u8 {
        let half = f32::from(step) / 100.0;
        let wider = [(threshold - half).max(0.0), (threshold + half).min(1.0)];
        let inside = first.iter().filter(|p| **p >= wider[0] && **p < wider[1]).count();
        if inside > allowed {
            break;
        }
        band = wider;
    }
    if first.is_empty() {
        [threshold, threshold]
    } else {
        band
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    #[test]
    fn the_temperature_that_made_the_labels_is_found_again() {
        let mut r = SplitMix64::new(5);
        let (mut logits, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let l = r.normal() * 2.0;
            let p = 1.0 / (1.0 + (-l).exp());
            labels.push(usize::from(r.unit() >= p));
            logits.push(vec![l * 3.0, 0.0]);
        }
        let t = fit_temperature(&logits, &labels);
        assert!((t - 3.0).abs() < 0.15, "{t}");
    }

    #[test]
    fn a_cell_inside_the_band_is_decided_but_unidentified() {
        let c = Calibration {
            temperature: 1.0,
            threshold: 0.6,
            abstain: [0.5, 0.7],
        };
        let logit = |p: f32| vec![(p / (1.0 - p)).ln(), 0.0];
        let v = c.judge(&logit(0.55)).unwrap();
        assert_eq!((v.decision, v.class), (1, None));
        let v = c.judge(&logit(0.65)).unwrap();
        assert_eq!((v.decision, v.class), (0, None));
        let v = c.judge(&logit(0.9)).unwrap();
        assert_eq!((v.decision, v.class), (0, Some(0)));
        assert!(c.judge(&[f32::NAN, 0.0]).is_none());
    }

    #[test]
    fn a_cell_unlike_all_that_is_known_is_unidentified_however_sure_the_network() {
        let sure = Calibration::identity().judge(&[9.0, 0.0]).unwrap();
        assert_eq!(sure.clone().at_distance(1.0).class, Some(0));
        let far = sure.at_distance(1.1);
        assert_eq!((far.decision, far.class, far.distance), (0, None, Some(1.1)));
    }

    #[test]
    fn the_band_leaves_out_no_more_than_its_share() {
        let p: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
        let [low, high] = fit_abstention(&p, 0.5, 0.1);
        let n = p.iter().filter(|v| **v >= low && **v < high).count();
        assert!((80..=100).contains(&n), "{n}");
        assert_eq!(fit_abstention(&[], 0.5, 0.1), [0.5, 0.5]);
    }
}
