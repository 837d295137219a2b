use blastscope_shared::metrics::Interval;
use blastscope_shared::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// How well the score of one label tells its cells from all others, with 95 % intervals over subjects (over
/// pictures where the data name no subjects).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Discrimination {
    /// The label.
    pub label: String,
    /// Its cells.
    pub positives: u64,
    /// All other cells.
    pub negatives: u64,
    /// Mean precision over the steps of recall, without interpolation, 0..=1.
    pub average_precision: f64,
    /// By resampling subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_precision_interval: Option<Interval>,
    /// Sensitivity at 90, 95 and 99 % specificity.
    pub points: Vec<OperatingPoint>,
    /// Where the ROC curves of 95 % of the resamples lie, at each of 51 false positive rates by itself.
    pub band: Vec<BandPoint>,
}

/// The largest sensitivity that a threshold with enough specificity has on the test cells themselves. It says
/// what the scores can do; a threshold to use is fitted on validation cells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct OperatingPoint {
    /// Specificity asked for.
    pub specificity: f64,
    /// Specificity that the threshold has, at least that.
    pub reached: f64,
    /// Score from which on a cell is called so; none where no cell can be.
    pub threshold: Option<f64>,
    /// Share of the label's cells that are called so.
    pub sensitivity: f64,
    /// By resampling subjects; the threshold is chosen anew in each resample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// The band about a ROC curve at one place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct BandPoint {
    /// 1 - specificity.
    pub false_positive_rate: f64,
    /// 2.5th percentile of the sensitivity.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

impl Discrimination {
    /// The specificities at which sensitivity is stated.
    pub(crate) const SPECIFICITIES: [f64; 3] = [0.90, 0.95, 0.99];
    /// Resamples of the bootstrap.
    const RESAMPLES: usize = 1000;
    /// Places of the band, less one.
    const STEPS: usize = 50;

    /// `subjects` holds (score, is of the label) of the cells of each subject group, or each cell alone. `None`
    /// unless both occur.
    pub(crate) fn of(label: &str, subjects: &[Vec<(f64, bool)>], seed: u64) -> Option<Self> {
        let ranking = Ranking::of(subjects);
        let whole = ranking.curve(&vec![1; subjects.len()])?;
        let mut random = SplitMix64::new(seed);
        let mut precisions = Vec::new();
        let mut sensitivities = vec![Vec::new(); Self::SPECIFICITIES.len()];
        let places: Vec<f64> = (0..=Self::STEPS).map(|i| i as f64 / Self::STEPS as f64).collect();
        let mut heights = vec![Vec::new(); places.len()];
        let mut weights = vec![0u32; subjects.len()];
        for _ in 0..Self::RESAMPLES {
            weights.fill(0);
            for _ in 0..subjects.len() {
                weights[random.below(subjects.len())] += 1;
            }
            // A resample without one of the classes has no curve.
            let Some(curve) = ranking.curve(&weights) else {
                continue;
            };
            precisions.push(curve.average_precision());
            for (of, values) in Self::SPECIFICITIES.iter().zip(&mut sensitivities) {
                values.push(curve.at_specificity(*of).sensitivity());
            }
            curve.heights(&places, |place, height| heights[place].push(height));
        }
        let points = Self::SPECIFICITIES.iter().zip(sensitivities).map(|(of, values)| {
            let at = whole.at_specificity(*of);
            OperatingPoint {
                specificity: *of,
                reached: 1.0 - at.false_share,
                threshold: at.threshold,
                sensitivity: at.sensitivity(),
                interval: middle(values),
            }
        });
        let band = places.iter().zip(heights).filter_map(|(place, values)| {
            let interval = middle(values)?;
            Some(BandPoint {
                false_positive_rate: *place,
                low: interval.low,
                high: interval.high,
            })
        });
        Some(Self {
            label: label.to_owned(),
            positives: whole.positives as u64,
            negatives: whole.negatives as u64,
            average_precision: whole.average_precision(),
            average_precision_interval: middle(precisions),
            points: points.collect(),
            band: band.collect(),
        })
    }
}

/// The middle 95 % of resampled values; none of fewer than 40, as in `bootstrap_over_subjects`.
fn middle(mut values: Vec<f64>) -> Option<Interval> {
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

/// All cells by falling score, sorted once: a resample only weighs their subjects anew.
struct Ranking(Vec<(f64, bool, usize)>);

impl Ranking {
    fn of(subjects: &[Vec<(f64, bool)>]) -> Self {
        let own =
            |(s, cells): (usize, &Vec<(f64, bool)>)| cells.iter().map(|c| (c.0, c.1, s)).collect::<Vec<_>>();
        let mut cells: Vec<_> = subjects.iter().enumerate().flat_map(own).collect();
        cells.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self(cells)
    }

    /// The curve in which each subject counts so many times; `None` unless both classes occur.
    fn curve(&self, weights: &[u32]) -> Option<Curve> {
        let (mut hits, mut alarms) = (0u64, 0u64);
        let mut corners = vec![Corner::default()];
        for ties in self.0.chunk_by(|a, b| a.0 == b.0) {
            let before = (hits, alarms);
            for (_, positive, subject) in ties {
                let weight = u64::from(weights[*subject]);
                *(if *positive { &mut hits } else { &mut alarms }) += weight;
            }
            if (hits, alarms) != before {
                corners.push(Corner {
                    threshold: ties.first().map(|c| c.0),
                    false_share: alarms as f64,
                    true_share: hits as f64,
                });
            }
        }
        if hits == 0 || alarms == 0 {
            return None;
        }
        for corner in &mut corners {
            corner.false_share /= alarms as f64;
            corner.true_share /= hits as f64;
        }
        Some(Curve {
            corners,
            positives: hits as f64,
            negatives: alarms as f64,
        })
    }
}

/// One operating point of a curve.
#[derive(Debug, Clone, Copy, Default)]
struct Corner {
    threshold: Option<f64>,
    false_share: f64,
    true_share: f64,
}

impl Corner {
    fn sensitivity(self) -> f64 {
        self.true_share
    }
}

/// A ROC curve from (0, 0) to (1, 1).
struct Curve {
    corners: Vec<Corner>,
    positives: f64,
    negatives: f64,
}

impl Curve {
    fn at_specificity(&self, wanted: f64) -> Corner {
        // The shares are quotients: 9 of 10 must count as 90 %.
        let enough = |c: &&Corner| 1.0 - c.false_share >= wanted - 1e-9;
        self.corners.iter().rfind(enough).copied().unwrap_or_default()
    }

    fn average_precision(&self) -> f64 {
        let step = |w: &[Corner]| {
            let (hits, alarms) = (
                w[1].true_share * self.positives,
                w[1].false_share * self.negatives,
            );
            (w[1].true_share - w[0].true_share) * hits / (hits + alarms)
        };
        self.corners.windows(2).map(step).sum()
    }

    /// Calls `take` with the sensitivity at each of these rising false positive rates, between corners in
    /// proportion, on a rise its top.
    fn heights(&self, places: &[f64], mut take: impl FnMut(usize, f64)) {
        let mut right = 0;
        for (i, &place) in places.iter().enumerate() {
            while right < self.corners.len() && self.corners[right].false_share <= place {
                right += 1;
            }
            let left = self.corners[right.saturating_sub(1)];
            let height = match self.corners.get(right) {
                Some(next) => {
                    let way = (place - left.false_share) / (next.false_share - left.false_share);
                    left.true_share + way * (next.true_share - left.true_share)
                }
                None => left.true_share,
            };
            take(i, height);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten negatives 0.0 to 0.9 and four positives: 0.95, 0.85, 0.85, 0.05.
    fn by_hand() -> Vec<Vec<(f64, bool)>> {
        let negatives = (0..10).map(|i| vec![(f64::from(i) / 10.0, false)]);
        let positives = [0.95, 0.85, 0.85, 0.05].map(|s| vec![(s, true)]);
        negatives.chain(positives).collect()
    }

    #[test]
    fn sensitivities_and_precisions_agree_with_counts_made_by_hand() {
        let d = Discrimination::of("blast", &by_hand(), 1).unwrap();
        let [at90, at95, at99] = d.points[..] else {
            unreachable!("three points")
        };
        // One negative in ten may score higher: 0.9, so 0.85 is the lowest threshold.
        assert_eq!((at90.threshold, at90.sensitivity), (Some(0.85), 0.75));
        assert!((at90.reached - 0.9).abs() < 1e-12);
        assert_eq!(
            (at95.threshold, at95.sensitivity, at95.reached),
            (Some(0.95), 0.25, 1.0)
        );
        assert_eq!(at99.sensitivity, 0.25);
        // 1/1 at recall 1/4, 3/4 at 3/4, 4/13 at 1 (scikit-learn gives the same).
        let expected = 0.25 + 0.5 * 0.75 + 0.25 * 4.0 / 13.0;
        assert!((d.average_precision - expected).abs() < 1e-12);
        assert_eq!((d.positives, d.negatives), (4, 10));
        assert!(Discrimination::of("x", &[vec![(0.5, true)]], 1).is_none());
        assert!(Discrimination::of("x", &[], 1).is_none());
    }

    #[test]
    fn intervals_and_band_hold_what_they_are_about() {
        let mut random = SplitMix64::new(5);
        let subjects: Vec<Vec<(f64, bool)>> = (0..30)
            .map(|s| {
                let positive = s % 2 == 0;
                let mean = if positive { 1.0 } else { 0.0 };
                let cell = |_| (f64::from(mean + random.normal()), positive);
                (0..20).map(cell).collect()
            })
            .collect();
        let d = Discrimination::of("blast", &subjects, 1).unwrap();
        for p in &d.points {
            let i = p.interval.unwrap();
            assert!(
                i.low < i.high && i.low <= p.sensitivity && p.sensitivity <= i.high,
                "{p:?}"
            );
        }
        let i = d.average_precision_interval.unwrap();
        assert!(i.low < d.average_precision && d.average_precision < i.high);
        assert_eq!(d.band.len(), 51);
        let whole = Ranking::of(&subjects).curve(&[1; 30]).unwrap();
        let places: Vec<f64> = d.band.iter().map(|b| b.false_positive_rate).collect();
        whole.heights(&places, |i, height| {
            let b = d.band[i];
            assert!(b.low <= height && height <= b.high, "{b:?} {height}");
        });
        assert_eq!(d.band[50].low, 1.0);
    }
}
