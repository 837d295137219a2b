//! Weights to int8.

use super::chain::ConvLayer;

/// Scales that are tried, in hundredths of the one that clips nothing.
const HUNDREDTHS: std::ops::RangeInclusive<u8> = 40..=100;

/// int8 weights, symmetric, and their one scale.
pub(super) struct Rounded {
    pub(super) weight: Vec<i8>,
    pub(super) scale: f32,
}

/// Rounds at the scale of least squared error, each input channel's error counted by `energy`, the mean
/// square of that channel's values.
pub(super) fn round(conv: &ConvLayer, energy: &[f64]) -> Rounded {
    let most = conv.weight.iter().fold(0.0f32, |m, w| m.max(w.abs()));
    let widest = if most > 0.0 { most / 127.0 } else { 1.0 };
    let scales = HUNDREDTHS.map(|h| widest * f32::from(h) / 100.0);
    let error = |scale: f32| -> f64 {
        let taps = conv.weight.chunks(conv.shape[2] * conv.shape[3]);
        let of_channel = taps.enumerate().map(|(i, taps)| {
            let squares = taps.iter().map(|w| {
                let e = f64::from(*w) - f64::from(step(*w, scale)) * f64::from(scale);
                e * e
            });
            squares.sum::<f64>() * energy.get(i % conv.shape[1]).copied().unwrap_or(1.0)
        });
        of_channel.sum()
    };
    let best = scales
        .map(|s| (error(s), s))
        .fold((f64::INFINITY, widest), |best, candidate| {
            if candidate.0 < best.0 { candidate } else { best }
        });
    let scale = best.1;
    Rounded {
        weight: conv.weight.iter().map(|w| step(*w, scale)).collect(),
        scale,
    }
}

/// The nearest step, at most 127 either way.
fn step(value: f32, scale: f32) -> i8 {
    (value / scale).round_ties_even().clamp(-127.0, 127.0) as i8
}
