//! Changes of the levels of a crop, pixel by pixel; what is black stays black.

use crate::train::augment::drawn::{Square, Tint};
use blastscope_shared::random::SplitMix64;

/// True where all three planes are 0.
pub(crate) fn is_black(planes: &[u8], n: usize, i: usize) -> bool {
    planes[i] == 0 && planes[n + i] == 0 && planes[2 * n + i] == 0
}

/// Adds so many levels to every channel of what is not black.
pub(crate) fn lighten(size: usize, levels: f32, out: &mut [u8]) {
    let n = size * size;
    for i in 0..n {
        if is_black(out, n, i) {
            continue;
        }
        for c in 0..3 {
            out[c * n + i] = (f32::from(out[c * n + i]) + levels).round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// Brightness, contrast and stain through one table a channel; 0 maps to 0.
pub(crate) fn tint(size: usize, tints: &[Tint; 3], out: &mut [u8]) {
    for (plane, Tint { gain, power }) in out.chunks_exact_mut(size * size).zip(tints) {
        let table: Vec<u8> = (0..=255u8)
            .map(|v| (gain * (f32::from(v) / 255.0).powf(*power) + 0.5).clamp(0.0, 255.0) as u8)
            .collect();
        plane.iter_mut().for_each(|v| *v = table[usize::from(*v)]);
    }
}

/// Blackens a square of all channels.
pub(crate) fn blacken_square(size: usize, Square { left, top, side }: Square, out: &mut [u8]) {
    for plane in out.chunks_exact_mut(size * size) {
        for row in plane.chunks_exact_mut(size).skip(top).take(side) {
            row[left..left + side].fill(0);
        }
    }
}

/// Adds normal noise of this deviation, in 8-bit levels, to every channel of what is not black.
pub(crate) fn roughen(size: usize, noise: f32, random: &mut SplitMix64, out: &mut [u8]) {
    let n = size * size;
    for i in 0..n {
        if is_black(out, n, i) {
            continue;
        }
        for c in 0..3 {
            let value = f32::from(out[c * n + i]) + noise * random.normal();
            out[c * n + i] = value.round().clamp(0.0, 255.0) as u8;
        }
    }
}
