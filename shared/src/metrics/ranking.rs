use serde::{Deserialize, Serialize};

/// One operating point: cells scored at or above `threshold` are called positive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// Score from which on a cell is positive.
    pub threshold: f64,
    /// 1 - specificity.
    pub false_positive_rate: f64,
    /// Sensitivity.
    pub true_positive_rate: f64,
}

/// The receiver operating characteristic, from (0, 0) to (1, 1), one point a distinct score.
/// `scores` are (score, is positive). Empty unless both classes occur.
pub fn roc_curve(scores: &[(f64, bool)]) -> Vec<RocPoint> {
    let positives = scores.iter().filter(|s| s.1).count();
    let negatives = scores.len() - positives;
    if positives == 0 || negatives == 0 {
        return Vec::new();
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut tp, mut fp) = (0usize, 0usize);
    let mut points = vec![RocPoint {
        threshold: f64::MAX,
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
    }];
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let hits = ties.iter().filter(|s| s.1).count();
        tp += hits;
        fp += ties.len() - hits;
        points.push(RocPoint {
            threshold: ties[0].0,
            false_positive_rate: fp as f64 / negatives as f64,
            true_positive_rate: tp as f64 / positives as f64,
        });
    }
    points
}

/// Area under the ROC curve: the chance that a positive cell scores above a negative one, ties half
/// (Hanley and McNeil 1982). `None` unless both classes occur.
pub fn auc(scores: &[(f64, bool)]) -> Option<f64> {
    let curve = roc_curve(scores);
    let area = |w: &[RocPoint]| {
        (w[1].false_positive_rate - w[0].false_positive_rate)
            * (w[0].true_positive_rate + w[1].true_positive_rate)
            / 2.0
    };
    (!curve.is_empty()).then(|| curve.windows(2).map(area).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order_ties_half() {
        let mut r = crate::random::SplitMix64::new(3);
        let scores: Vec<(f64, bool)> = (0..300)
            .map(|_| (f64::from((r.unit() * 20.0).floor()), r.unit() < 0.3))
            .collect();
        let mut sum = 0.0;
        let mut pairs = 0.0;
        for p in scores.iter().filter(|s| s.1) {
            for n in scores.iter().filter(|s| !s.1) {
                pairs += 1.0;
                sum += if p.0 > n.0 {
                    1.0
                } else if p.0 == n.0 {
                    0.5
                } else {
                    0.0
                };
            }
        }
        assert!((auc(&scores).unwrap() - sum / pairs).abs() < 1e-12);
        assert_eq!(auc(&[(0.1, true)]), None);
        let last = *roc_curve(&scores).last().unwrap();
        assert_eq!((last.false_positive_rate, last.true_positive_rate), (1.0, 1.0));
    }
}
