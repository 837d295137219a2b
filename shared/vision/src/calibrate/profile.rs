//! The mean brightness across the lines of a picture.

use crate::raster::GreyImage;

/// Mean brightness of the pixels at each distance from the centre along a direction (radians from the x
/// axis), one value a pixel; the ends, where few pixels lie, are left out. Less the mean of its surroundings
/// of `around` values to each side, so that lamp and shading go.
pub(super) fn across(grey: &GreyImage, direction: f32, around: usize) -> Vec<f32> {
    let (sin, cos) = direction.sin_cos();
    let (half_w, half_h) = (grey.width as f32 / 2.0, grey.height as f32 / 2.0);
    let reach = (half_w * cos).abs() + (half_h * sin).abs();
    let length = (2.0 * reach) as usize + 2;
    let (mut sums, mut counts) = (vec![0f64; length], vec![0f64; length]);
    for (y, row) in grey.data.chunks_exact(grey.width.max(1)).enumerate() {
        let base = (y as f32 + 0.5 - half_h) * sin + reach;
        for (x, value) in row.iter().enumerate() {
            let at = (base + (x as f32 + 0.5 - half_w) * cos).max(0.0);
            // A pixel counts for both places that it lies between.
            let (low, part) = (at as usize, f64::from(at.fract()));
            for (place, weight) in [(low, 1.0 - part), (low + 1, part)] {
                if place < length {
                    sums[place] += weight * f64::from(*value);
                    counts[place] += weight;
                }
            }
        }
    }
    let enough = 0.5 * counts.iter().copied().fold(0.0, f64::max);
    let means: Vec<f32> = sums
        .iter()
        .zip(&counts)
        .filter(|(_, n)| **n > enough)
        .map(|(sum, n)| (sum / n) as f32)
        .collect();
    subtract_local_mean(&means, around)
}

/// Every value less the mean of `around` values to each side and itself.
fn subtract_local_mean(values: &[f32], around: usize) -> Vec<f32> {
    let mut sums = vec![0f64; values.len() + 1];
    for (i, v) in values.iter().enumerate() {
        sums[i + 1] = sums[i] + f64::from(*v);
    }
    let less_mean = |(i, v): (usize, &f32)| {
        let (from, to) = (i.saturating_sub(around), (i + around + 1).min(values.len()));
        v - ((sums[to] - sums[from]) / (to - from) as f64) as f32
    };
    values.iter().enumerate().map(less_mean).collect()
}

/// Mean square.
pub(super) fn power(values: &[f32]) -> f32 {
    values.iter().map(|v| v * v).sum::<f32>() / values.len().max(1) as f32
}

/// Correlation of a profile with itself, shifted by each lag up to half its length; 1 at lag 0.
pub(super) fn autocorrelation(values: &[f32]) -> Vec<f32> {
    let all = power(values).max(f32::MIN_POSITIVE);
    let at = |lag: usize| {
        let products: f32 = values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum();
        products / (values.len() - lag) as f32 / all
    };
    (0..values.len() / 2).map(at).collect()
}
