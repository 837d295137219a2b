/// The score from which on a cell should be called positive so that the weighted F1 is largest,
/// midway between two scores that occur; `scores` are (score, is positive). `None` without scores.
pub(crate) fn best_threshold(scores: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|s| s.1).count() as f64;
    let negatives = sorted.len() as f64 - positives;
    // Below the threshold: nothing yet.
    let (mut missed, mut rejected) = (0.0, 0.0);
    let mut best = (
        weighted_f1(positives, negatives, missed, rejected),
        sorted.first()?.0,
    );
    for (i, &(score, positive)) in sorted.iter().enumerate() {
        if positive {
            missed += 1.0;
        } else {
            rejected += 1.0;
        }
        let Some(next) = sorted.get(i + 1).map(|n| n.0) else {
            break;
        };
        let value = weighted_f1(positives, negatives, missed, rejected);
        if next > score && value > best.0 {
            best = (value, f64::midpoint(score, next));
        }
    }
    Some(best.1)
}

/// Of `missed` positives and rightly `rejected` negatives.
fn weighted_f1(positives: f64, negatives: f64, missed: f64, rejected: f64) -> f64 {
    let f1 = |hits: f64, of: f64, decided: f64| 2.0 * hits / (of + decided).max(1.0);
    let hits = positives - missed;
    let below = missed + rejected;
    let above = positives + negatives - below;
    (positives * f1(hits, positives, above) + negatives * f1(rejected, negatives, below))
        / (positives + negatives)
}
