//! Ranges of activations.

use super::network::Quantum;
use crate::network::Error;
use tch::{Kind, Tensor};

/// Every so many-th batch is looked at: ranges need fewer values than means.
const EVERY: usize = 4;
/// Ranges that are tried, in hundredths of the largest value seen.
const HUNDREDTHS: [u8; 15] = [30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100];

/// The steps in which `computed` (before the activation) comes closest to `wanted` (after it, in f32) in the
/// mean square; clips rare large values when that pays.
pub(super) fn choose(wanted: &[Tensor], computed: &[Tensor], relu: bool) -> Result<Quantum, Error> {
    let mut most = 0.0f64;
    for values in wanted {
        most = most.max(values.f_abs()?.f_max()?.f_double_value(&[])?);
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
            let difference = w - real(&steps(c, candidate)?, candidate)?;
            error += difference.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
        }
        if error < best.0 {
            best = (error, candidate);
        }
    }
    Ok(best.1)
}

/// Real values in steps, saturated.
fn steps(values: &Tensor, quantum: Quantum) -> Result<Tensor, Error> {
    let steps = (values / f64::from(quantum.scale)).f_round()? + f64::from(quantum.zero_point);
    Ok(steps.f_clamp(-128.0, 127.0)?)
}

/// Steps as real values, f32.
pub(super) fn real(steps: &Tensor, quantum: Quantum) -> Result<Tensor, Error> {
    let centred = steps.f_to_kind(Kind::Float)? - f64::from(quantum.zero_point);
    Ok(centred * f64::from(quantum.scale))
}
