//! Ranges of activations.

use super::arithmetic::Arithmetic;
use super::network::Quantum;
use crate::Error;

/// Every so many-th batch is looked at: ranges need fewer values than means.
const EVERY: usize = 4;
/// Ranges that are tried, in hundredths of the largest value seen.
const HUNDREDTHS: [u8; 15] = [30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100];

/// The steps in which `computed` (before the activation) comes closest to `wanted` (after it, in f32) in the
/// mean square; clips rare large values when that pays.
pub(super) fn choose<A: Arithmetic>(
    arithmetic: &A,
    wanted: &[A::Maps],
    computed: &[A::Maps],
    relu: bool,
) -> Result<Quantum, Error> {
    let mut most = 0.0f64;
    for values in wanted {
        most = most.max(arithmetic.largest(values)?);
    }
    // A layer that is silent on every cell still needs a step.
    if !most.is_normal() {
        most = 1.0;
    }
    let quantum = if relu { Quantum::positive } else { Quantum::signed };
    let mut best = (f64::INFINITY, quantum(most as f32));
    for hundredths in HUNDREDTHS {
        let candidate = quantum((most * f64::from(hundredths) / 100.0) as f32);
        let mut error = 0.0;
        for (w, c) in wanted.iter().zip(computed).step_by(EVERY) {
            error += arithmetic.power_of_difference(w, &arithmetic.rounded(c, candidate)?)?;
        }
        if error < best.0 {
            best = (error, candidate);
        }
    }
    Ok(best.1)
}
