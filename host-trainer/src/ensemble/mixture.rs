//! Weights of a mixture of probabilities.

/// Below this a probability counts as this, so that one sure mistake is not worth infinitely much.
const LEAST: f64 = 1e-7;

/// Mean over cells of -ln of the weighted mean of `p[member][cell]`, the probability of the true label; 0
/// without cells. Weights sum to 1.
pub(crate) fn log_loss_of_mixture(p: &[Vec<f64>], weights: &[f64]) -> f64 {
    let cells = p.first().map_or(0, Vec::len);
    let loss: f64 = (0..cells).map(|i| -mixed(p, weights, i).ln()).sum();
    loss / cells.max(1) as f64
}

/// The weights that make [`log_loss_of_mixture`] least, from equal ones: each is multiplied by its members'
/// mean share in the mixture until nothing moves (expectation maximisation for the weights of a mixture,
/// Dempster, Laird and Rubin 1977). The loss is convex in the weights and no step makes it larger, so
/// the result is never worse than equal weights on these cells.
pub(crate) fn mixture_weights(p: &[Vec<f64>]) -> Vec<f64> {
    let (members, cells) = (p.len(), p.first().map_or(0, Vec::len));
    let mut weights = vec![1.0 / members.max(1) as f64; members];
    if cells == 0 {
        return weights;
    }
    for _ in 0..2000 {
        let mut shares = vec![0.0; members];
        for i in 0..cells {
            let mixed = mixed(p, &weights, i);
            for (share, row) in shares.iter_mut().zip(p) {
                *share += row[i].max(LEAST) / mixed;
            }
        }
        let next: Vec<f64> = weights.iter().zip(&shares).map(|(w, s)| w * s).collect();
        let sum: f64 = next.iter().sum();
        let next: Vec<f64> = next.iter().map(|w| w / sum).collect();
        let moved = weights.iter().zip(&next).map(|(a, b)| (a - b).abs());
        let moved = moved.fold(0.0, f64::max);
        weights = next;
        if moved < 1e-9 {
            break;
        }
    }
    weights
}

fn mixed(p: &[Vec<f64>], weights: &[f64], cell: usize) -> f64 {
    let sum = p.iter().zip(weights).map(|(row, w)| w * row[cell].max(LEAST));
    sum.sum::<f64>()
}
