//! Ways to spoil a field.

use image::{Rgb, RgbImage, imageops};

/// One way, in steps.
pub struct Sweep {
    /// What is done.
    pub name: &'static str,
    /// What the steps count.
    pub unit: &'static str,
    /// From harmless to hopeless.
    pub steps: &'static [f32],
    /// The field as it is at a step; the count of the field chooses a direction.
    pub change: fn(&RgbImage, f32, usize) -> RgbImage,
}

/// All ways.
pub fn all() -> [Sweep; 5] {
    [
        Sweep {
            name: "defocus",
            unit: "sigma, pixels",
            steps: &[0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0],
            change: |field, sigma, _| match sigma > 0.0 {
                true => imageops::blur(field, sigma),
                false => field.clone(),
            },
        },
        Sweep {
            name: "motion",
            unit: "path, pixels",
            steps: &[0.0, 3.0, 6.0, 9.0, 12.0, 20.0, 30.0],
            change: moved,
        },
        Sweep {
            name: "less light",
            unit: "times the exposure",
            steps: &[1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2],
            change: |field, times, _| lit(field, times),
        },
        Sweep {
            name: "more light",
            unit: "times the exposure",
            steps: &[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0],
            change: |field, times, _| lit(field, times),
        },
        Sweep {
            name: "thickness",
            unit: "layers of cells",
            steps: &[1.0, 2.0, 3.0, 4.0],
            change: thickened,
        },
    ]
}

fn lit(field: &RgbImage, times: f32) -> RgbImage {
    let mut lit = field.clone();
    lit.iter_mut()
        .for_each(|v| *v = (f32::from(*v) * times).min(255.0) as u8);
    lit
}

/// The mean of the field along a straight path, in one of twelve directions.
fn moved(field: &RgbImage, path: f32, count: usize) -> RgbImage {
    if path < 1.0 {
        return field.clone();
    }
    let angle = std::f32::consts::PI * (count % 12) as f32 / 12.0;
    let samples = path as usize + 1;
    let (w, h) = field.dimensions();
    let offset = |i: usize, step: f32| (path * (i as f32 / (samples - 1) as f32 - 0.5) * step).round() as i32;
    let offsets: Vec<(i32, i32)> = (0..samples)
        .map(|i| (offset(i, angle.cos()), offset(i, angle.sin())))
        .collect();
    RgbImage::from_fn(w, h, |x, y| {
        let mut sums = [0u32; 3];
        for (dx, dy) in &offsets {
            let pixel = field.get_pixel(
                x.saturating_add_signed(*dx).min(w - 1),
                y.saturating_add_signed(*dy).min(h - 1),
            );
            sums.iter_mut().zip(pixel.0).for_each(|(s, v)| *s += u32::from(v));
        }
        Rgb(sums.map(|s| (s / samples as u32) as u8))
    })
}

/// The field with mirrored copies of itself upon it: densities add, light multiplies.
fn thickened(field: &RgbImage, layers: f32, _: usize) -> RgbImage {
    let copies = [
        imageops::rotate180(field),
        imageops::flip_horizontal(field),
        imageops::flip_vertical(field),
    ];
    let mut brightest = [1u32; 3];
    for (channel, bright) in brightest.iter_mut().enumerate() {
        let mut values: Vec<u8> = field.pixels().map(|p| p.0[channel]).collect();
        values.sort_unstable();
        *bright = u32::from(values[values.len() * 9 / 10]).max(1);
    }
    let mut thick = field.clone();
    for copy in copies.iter().take(layers as usize - 1) {
        for (pixel, other) in thick.pixels_mut().zip(copy.pixels()) {
            for (c, glass) in brightest.iter().enumerate() {
                pixel.0[c] = (u32::from(pixel.0[c]) * u32::from(other.0[c]) / glass).min(255) as u8;
            }
        }
    }
    thick
}
