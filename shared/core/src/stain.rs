//! Colours of stained cells: their statistics, and the way from one microscope's to another's.
//!
//! After Reinhard et al. 2001, "Color Transfer between Images": means and standard deviations in the decorrelated space
//! l alpha beta of Ruderman et al. 1998 are brought to those of a reference. Measured against Macenko et al. 2009 in
//! `docs/design/stain.md`. Plain arithmetic: the same on every processor.

use crate::arithmetic::{natural_exp, natural_log};
use crate::preprocess::CellCrop;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Brightest channel of a pixel that belongs to the black around a cell.
const BLACK: u8 = 24;
/// Green, red and blue of bare glass that fields are balanced to before anything else.
pub const NEUTRAL_GLASS: f32 = 240.0;
/// Bounds of a channel's gain, and of the stretch of an axis.
const FACTORS: [f32; 2] = [0.5, 2.0];
/// Farthest that a mean is moved, along l, alpha and beta.
const FARTHEST: [f32; 3] = [1.5, 0.5, 0.5];
/// Red, green and blue to cone responses, and back (Reinhard et al. 2001; the inverse is that of these numbers).
const TO_LMS: [[f32; 3]; 3] = [
    [0.3811, 0.5783, 0.0402],
    [0.1967, 0.7244, 0.0782],
    [0.0241, 0.1288, 0.8444],
];
const FROM_LMS: [[f32; 3]; 3] = [
    [4.468_67, -3.588676, 0.119604],
    [-1.219717, 2.383088, -0.162630],
    [0.058508, -0.261078, 1.205666],
];
/// The square roots of 1/3, 1/6 and 1/2: the lengths of the axes l, alpha and beta.
const AXES: [f32; 3] = [0.577_350_3, 0.408_248_3, std::f32::consts::FRAC_1_SQRT_2];

/// What the stained cells that a network was trained on look like: mean and standard deviation along l, alpha and beta
/// of natural logarithms, every cell with the same weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StainReference {
    /// Means; l 0 to 10, alpha and beta -3 to 3.
    pub mean: [f32; 3],
    /// Standard deviations, 0.005 to 3.
    pub deviation: [f32; 3],
    /// Cells that they were measured on, 1 or more.
    pub cells: u64,
}

impl StainReference {
    /// Refuses numbers outside the ranges above.
    pub fn check(&self) -> Result<(), Error> {
        let [l, alpha, beta] = self.mean;
        let means = (0.0..=10.0).contains(&l) && [alpha, beta].iter().all(|v| (-3.0..=3.0).contains(v));
        if means && self.deviation.iter().all(|v| (0.005..=3.0).contains(v)) && self.cells > 0 {
            return Ok(());
        }
        let message = format!(
            "stain: means {:?} and deviations {:?} are no cells': export it again",
            self.mean, self.deviation
        );
        Err(Error::new(ErrorKind::Range, message))
    }
}

/// Colours of cells, added up cell by cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StainStatistics {
    sums: [f64; 3],
    squares: [f64; 3],
    cells: u64,
}

impl StainStatistics {
    /// Adds one cell by (a sample of) its pixels, red, green and blue; black ones belong to no cell.
    pub fn add_cell(&mut self, pixels: impl IntoIterator<Item = [u8; 3]>, gain: [f32; 3]) {
        let (mut sums, mut squares, mut count) = ([0.0f64; 3], [0.0f64; 3], 0u32);
        for pixel in pixels.into_iter().filter(is_lit) {
            let place = to_axes(balanced(pixel, gain));
            for axis in 0..3 {
                let value = f64::from(place[axis]);
                sums[axis] += value;
                squares[axis] += value * value;
            }
            count += 1;
        }
        if count > 0 {
            let share = 1.0 / f64::from(count);
            for axis in 0..3 {
                self.sums[axis] += sums[axis] * share;
                self.squares[axis] += squares[axis] * share;
            }
            self.cells += 1;
        }
    }

    /// Adds the cell of a crop as it is.
    pub fn add_crop(&mut self, crop: &CellCrop) {
        let (red, rest) = crop.planes().split_at(crop.planes().len() / 3);
        let (green, blue) = rest.split_at(rest.len() / 2);
        let pixels = red.iter().zip(green).zip(blue).map(|((r, g), b)| [*r, *g, *b]);
        self.add_cell(pixels, [1.0; 3]);
    }

    /// Cells added.
    pub fn cells(&self) -> u64 {
        self.cells
    }

    /// Mean and deviation of the cells so far; `None` before the first.
    pub fn reference(&self) -> Option<StainReference> {
        let n = self.cells as f64;
        (self.cells > 0).then(|| {
            let mean = self.sums.map(|s| s / n);
            let deviation = std::array::from_fn(|axis| {
                let variance = self.squares[axis] / n - mean[axis] * mean[axis];
                (variance.max(0.0).sqrt() as f32).clamp(0.005, 3.0)
            });
            StainReference {
                mean: mean.map(|v| v as f32),
                deviation,
                cells: self.cells,
            }
        })
    }
}

/// From the colours of a field to those of a reference: gains to neutral glass, then along every axis a stretch and a
/// shift.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StainTransform {
    /// Gains of red, green and blue, 0.5 to 2.
    pub gain: [f32; 3],
    /// Stretches along l, alpha and beta, 0.5 to 2.
    pub scale: [f32; 3],
    /// Shifts after them.
    pub shift: [f32; 3],
}

impl StainTransform {
    /// Brings cells that look like `own`, measured after `gain`, to `reference`. Bounded, whatever the numbers.
    pub fn new(gain: [f32; 3], own: &StainReference, reference: &StainReference) -> Self {
        let scale = std::array::from_fn(|axis| bounded(reference.deviation[axis] / own.deviation[axis]));
        let shift = std::array::from_fn(|axis| {
            let (to, far) = (reference.mean[axis], FARTHEST[axis]);
            let from = own.mean[axis].clamp(to - far, to + far);
            to - scale[axis] * from
        });
        Self { gain, scale, shift }
    }

    /// The crop in the colours of the reference; what is black stays black.
    pub fn apply(&self, crop: &CellCrop) -> Result<CellCrop, Error> {
        let mut planes = crop.planes().to_vec();
        let (red, rest) = planes.split_at_mut(crop.planes().len() / 3);
        let (green, blue) = rest.split_at_mut(rest.len() / 2);
        for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
            if is_lit(&[*r, *g, *b]) {
                [*r, *g, *b] = self.colour([*r, *g, *b]);
            }
        }
        CellCrop::from_planes(crop.size(), planes)
    }

    fn colour(&self, pixel: [u8; 3]) -> [u8; 3] {
        let place = to_axes(balanced(pixel, self.gain));
        let moved = std::array::from_fn(|axis| place[axis] * self.scale[axis] + self.shift[axis]);
        from_axes(moved).map(|v| (v + 0.5).clamp(1.0, 255.0) as u8)
    }
}

/// Gains that make glass of this colour neutral, within bounds.
pub fn glass_gain(glass: [f32; 3]) -> [f32; 3] {
    glass.map(|v| bounded(NEUTRAL_GLASS / v.max(1.0)))
}

fn bounded(factor: f32) -> f32 {
    if factor.is_nan() {
        1.0
    } else {
        factor.clamp(FACTORS[0], FACTORS[1])
    }
}

fn is_lit(pixel: &[u8; 3]) -> bool {
    pixel.iter().any(|v| *v > BLACK)
}

fn balanced(pixel: [u8; 3], gain: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|c| (f32::from(pixel[c]) * gain[c]).clamp(1.0, 255.0))
}

fn times(matrix: &[[f32; 3]; 3], v: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// The place of a colour along l, alpha and beta.
fn to_axes(rgb: [f32; 3]) -> [f32; 3] {
    let [l, m, s] = times(&TO_LMS, rgb).map(natural_log);
    [
        AXES[0] * (l + m + s),
        AXES[1] * (l + m - 2.0 * s),
        AXES[2] * (l - m),
    ]
}

/// The colour at a place along l, alpha and beta; the axes are orthonormal.
fn from_axes([l, alpha, beta]: [f32; 3]) -> [f32; 3] {
    let (l, alpha, beta) = (AXES[0] * l, AXES[1] * alpha, AXES[2] * beta);
    times(
        &FROM_LMS,
        [l + alpha + beta, l + alpha - beta, l - 2.0 * alpha].map(natural_exp),
    )
}

#[cfg(test)]
mod tests;
