//! What is kept of a field to lay others over it.

use crate::raster::{GreyImage, green_image};
use image::RgbImage;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftDirection, FftPlannerScalar};
use std::sync::Arc;

/// Longest side of the picture that is correlated, pixels.
const COARSE: usize = 160;
/// Longest side of the picture by which a shift is checked and refined, pixels.
const FINE: usize = 320;
/// Side of the spectrum: twice the picture, so that no shift is mistaken for another one wrapped around.
pub(super) const SIDE: usize = 2 * COARSE;
/// Shortest side of a field that can be laid anywhere, field pixels.
const LEAST_SIDE: u32 = 64;
/// Share of the picture's sides over which it fades to nothing: its edges are no part of what it shows.
const TAPERED: f32 = 0.1;
/// Half a side of the square whose mean is taken from every fine pixel: lamp and shading go, cells stay.
const LOCAL: usize = 8;

/// A reduced picture: green, where stains are darkest.
#[derive(Debug, Clone)]
pub(super) struct Reduced {
    /// Field pixels in one of its pixels.
    pub(super) factor: usize,
    pub(super) grey: GreyImage,
}

/// A field as it is compared with others: about 1 MB, whatever its size.
#[derive(Debug, Clone)]
pub struct RegistrationImage {
    /// Field pixels.
    pub(super) size: (u32, u32),
    pub(super) coarse: Reduced,
    pub(super) fine: Reduced,
    /// Of the coarse picture, `SIDE` x `SIDE`, transposed.
    pub(super) spectrum: Vec<Complex32>,
}

impl RegistrationImage {
    /// That of a field; `None` for one with a side under 64 pixels.
    pub fn new(field: &RgbImage) -> Option<Self> {
        if field.width().min(field.height()) < LEAST_SIDE {
            return None;
        }
        let coarse = Reduced::new(field, COARSE);
        let spectrum = spectrum(&coarse.grey);
        Some(Self {
            size: field.dimensions(),
            fine: Reduced::new(field, FINE).subtract_local_mean(),
            coarse,
            spectrum,
        })
    }
}

impl Reduced {
    /// Means of squares of the field that make its longest side no longer than `longest`.
    fn new(field: &RgbImage, longest: usize) -> Self {
        let factor = (field.width().max(field.height()) as usize)
            .div_ceil(longest)
            .max(1);
        let grey = green_image(field, factor);
        Self { factor, grey }
    }

    /// Every pixel less the mean of the square around it.
    fn subtract_local_mean(mut self) -> Self {
        let grey = &mut self.grey;
        let (w, h) = (grey.width, grey.height);
        // Sums of everything above and to the left; f64 holds them exactly enough.
        let mut sums = vec![0f64; (w + 1) * (h + 1)];
        for y in 0..h {
            let mut line = 0.0;
            for x in 0..w {
                line += f64::from(grey.data[y * w + x]);
                sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + line;
            }
        }
        for y in 0..h {
            let (top, bottom) = (y.saturating_sub(LOCAL), (y + LOCAL + 1).min(h));
            for x in 0..w {
                let (left, right) = (x.saturating_sub(LOCAL), (x + LOCAL + 1).min(w));
                let at = |x: usize, y: usize| sums[y * (w + 1) + x];
                let sum = at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top);
                grey.data[y * w + x] -= (sum / ((right - left) * (bottom - top)) as f64) as f32;
            }
        }
        self
    }
}

/// A transform of the rows of a spectrum; plain arithmetic, the same on every processor.
pub(super) fn plan(direction: FftDirection) -> Arc<dyn Fft<f32>> {
    FftPlannerScalar::new().plan_fft(SIDE, direction)
}

/// Transforms all rows, transposes, and transforms all rows again.
pub(super) fn transform(fft: &dyn Fft<f32>, values: &mut [Complex32]) {
    fft.process(values);
    for y in 0..SIDE {
        for x in y + 1..SIDE {
            values.swap(y * SIDE + x, x * SIDE + y);
        }
    }
    fft.process(values);
}

fn spectrum(picture: &GreyImage) -> Vec<Complex32> {
    let mut values = vec![Complex32::default(); SIDE * SIDE];
    let mean = picture.data.iter().sum::<f32>() / picture.data.len().max(1) as f32;
    let [across, down] = [picture.width, picture.height].map(tukey_window);
    let rows = picture.data.chunks_exact(picture.width.max(1));
    for ((row, line), v) in rows.zip(values.chunks_exact_mut(SIDE)).zip(&down) {
        for ((value, out), u) in row.iter().zip(line).zip(&across) {
            out.re = (value - mean) * u * v;
        }
    }
    transform(plan(FftDirection::Forward).as_ref(), &mut values);
    values
}

/// 1, and falling to 0 at both ends as a cosine does (Tukey 1967).
fn tukey_window(length: usize) -> Vec<f32> {
    let edge = (TAPERED * length as f32 / 2.0).max(1.0);
    let at = |i: usize| {
        let from_end = (i as f32 + 0.5).min(length as f32 - i as f32 - 0.5);
        if from_end < edge {
            0.5 - 0.5 * (std::f32::consts::PI * from_end / edge).cos()
        } else {
            1.0
        }
    };
    (0..length).map(at).collect()
}
