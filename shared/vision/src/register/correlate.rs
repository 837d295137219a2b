//! Likely shifts of one field to another.

use super::registration_image::{RegistrationImage, SIDE, plan, transform};
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftDirection};
use std::sync::Arc;

/// Shifts that are tried for two fields.
const CANDIDATES: usize = 16;
/// Blur of the correlation, coarse pixels: the finest detail is noise.
const BLUR: f32 = 1.0;
/// Pixels to each side of a peak that belong to it.
const PEAK: usize = 2;

/// A shift in whole pixels of reduced pictures: where the origin of the second lies on the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// Correlates fields, two at a time.
pub(super) struct Correlator {
    fft: Arc<dyn Fft<f32>>,
    /// Weight of each frequency of one axis.
    weights: Vec<f32>,
    values: Vec<Complex32>,
}

impl std::fmt::Debug for Correlator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Correlator").finish_non_exhaustive()
    }
}

impl Correlator {
    pub(super) fn new() -> Self {
        let weight = |i: usize| {
            let frequency = i.min(SIDE - i) as f32 / SIDE as f32;
            (-2.0 * (std::f32::consts::PI * BLUR * frequency).powi(2)).exp()
        };
        Self {
            fft: plan(FftDirection::Inverse),
            weights: (0..SIDE).map(weight).collect(),
            values: Vec::new(),
        }
    }

    /// The likeliest shifts of `second` to each of one or two fields, the likeliest first. The correlation of
    /// real pictures is real, so that two of them fit into one transform.
    pub(super) fn shifts(
        &mut self,
        firsts: [Option<&RegistrationImage>; 2],
        second: &RegistrationImage,
    ) -> [Vec<Shift>; 2] {
        self.values.clear();
        self.values.resize(SIDE * SIDE, Complex32::default());
        let units = [Complex32::new(1.0, 0.0), Complex32::new(0.0, 1.0)];
        for (first, unit) in firsts.iter().zip(units) {
            let Some(first) = first else { continue };
            let products = first.spectrum.iter().zip(&second.spectrum);
            for ((i, value), (a, b)) in self.values.iter_mut().enumerate().zip(products) {
                let product = a * b.conj();
                let size = (product.re * product.re + product.im * product.im).sqrt();
                if size > 0.0 && size.is_finite() {
                    let weight = self.weights[i / SIDE] * self.weights[i % SIDE];
                    *value += product * unit * (weight / size);
                }
            }
        }
        transform(self.fft.as_ref(), &mut self.values);
        let real: Vec<f32> = self.values.iter().map(|v| v.re).collect();
        let imaginary: Vec<f32> = self.values.iter().map(|v| v.im).collect();
        let [a, b] = firsts.map(|f| f.is_some());
        [
            if a { peaks(real) } else { Vec::new() },
            if b { peaks(imaginary) } else { Vec::new() },
        ]
    }
}

/// The highest places of a correlation; what is past the middle is a shift to the left or up.
fn peaks(mut heights: Vec<f32>) -> Vec<Shift> {
    let signed = |v: usize| {
        if v < SIDE / 2 {
            v as i32
        } else {
            v as i32 - SIDE as i32
        }
    };
    let mut found = Vec::with_capacity(CANDIDATES);
    for _ in 0..CANDIDATES {
        let highest = heights.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let Some((at, _)) = highest else { break };
        let (x, y) = (at % SIDE, at / SIDE);
        found.push(Shift {
            x: signed(x),
            y: signed(y),
        });
        for dy in 0..=2 * PEAK {
            for dx in 0..=2 * PEAK {
                let (u, v) = ((x + SIDE + dx - PEAK) % SIDE, (y + SIDE + dy - PEAK) % SIDE);
                heights[v * SIDE + u] = f32::NEG_INFINITY;
            }
        }
    }
    found
}
