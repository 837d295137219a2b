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

/// Mean over labels of the area under the ROC curve of that label against the rest (Hand and Till 2001 call
/// it the one-against-rest form): `cells` are (true label, a score for each label). A label that no cell
/// has, or that all have, is left out; `None` when that leaves none.
pub fn macro_auc<'a>(
    labels: usize,
    cells: &(impl Iterator<Item = (usize, &'a [f32])> + Clone),
) -> Option<f64> {
    let one = |label: usize| {
        let scores = cells.clone().filter_map(|(truth, scores)| {
            let score = scores.get(label)?;
            Some((f64::from(*score), truth == label))
        });
        auc(&scores.collect::<Vec<_>>())
    };
    let areas: Vec<f64> = (0..labels).filter_map(one).collect();
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
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
        let rows: Vec<(usize, [f32; 2])> = scores
            .iter()
            .map(|(s, p)| (usize::from(!p), [*s as f32, -*s as f32]))
            .collect();
        let of_rows = macro_auc(2, &rows.iter().map(|(t, r)| (*t, &r[..]))).unwrap();
        assert!(
            (of_rows - sum / pairs).abs() < 1e-6,
            "with two labels it is the same"
        );
        let three = [(0, [0.9, 0.1, 0.0]), (1, [0.2, 0.7, 0.1]), (1, [0.5, 0.4, 0.1])];
        let three = three.iter().map(|(t, r)| (*t, &r[..]));
        assert_eq!(
            macro_auc(3, &three),
            Some(1.0),
            "the label without cells is left out"
        );
        assert_eq!(macro_auc(3, &[(0, &[1.0f32, 0.0, 0.0][..])].into_iter()), None);
        let last = *roc_curve(&scores).last().unwrap();
        assert_eq!((last.false_positive_rate, last.true_positive_rate), (1.0, 1.0));
    }
}
