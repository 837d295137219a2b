use super::Pace;

/// What one pass over the cells came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Descent {
    /// Mean loss.
    pub loss: f64,
    /// Mean loss of the first quarter of the batches, one at least.
    pub at_start: f64,
    /// Mean loss of the last quarter of the batches, one at least.
    pub at_end: f64,
    /// Rate of the last step.
    pub rate: f64,
    /// How fast it went.
    pub pace: Pace,
}

impl Descent {
    /// Of the loss of each batch.
    pub fn of(losses: &[f32], rate: f64, pace: Pace) -> Self {
        let mean = |part: &[f32]| part.iter().map(|l| f64::from(*l)).sum::<f64>() / part.len().max(1) as f64;
        let quarter = (losses.len() / 4).max(1).min(losses.len());
        Self {
            loss: mean(losses),
            at_start: mean(&losses[..quarter]),
            at_end: mean(&losses[losses.len() - quarter..]),
            rate,
            pace,
        }
    }
}
