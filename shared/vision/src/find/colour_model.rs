//! What white cells look like in this very field: two colour histograms, one of pixels that are surely white
//! cell and one of pixels that surely are not (in the manner of GrabCut, Rother et al. 2004).

use super::stain::Stain;
use crate::raster::Plane;

/// Bins over green density, green minus blue, and red minus blue.
const BINS: [usize; 3] = [16, 12, 10];
const LOW: [f32; 3] = [-0.1, -0.3, -0.4];
const HIGH: [f32; 3] = [1.4, 1.2, 1.0];
/// Log odds beyond which more evidence counts no further.
const CERTAIN: f32 = 2.5;
/// Share of what is seen elsewhere that is taken off the colours of cytoplasm.
const ELSEWHERE: f32 = 0.3;

/// Share of nuclei in the colours of white cells: half a cell, however many nuclear pixels were seen.
const NUCLEAR_SHARE: f32 = 0.5;

/// Bin of every pixel of a field; made once, used for every fit.
pub(super) struct ColourBins {
    bins: Plane<u16>,
}

/// Certain membership of a pixel while the model is fitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    Nucleus,
    Cytoplasm,
    Other,
    Open,
}

impl ColourBins {
    /// Sorts the colours of a field into bins.
    pub(super) fn new(stain: &Stain) -> Self {
        let bins = stain.density.map(|[r, g, b]| {
            let mut bin = 0;
            for (axis, value) in [g, g - b, r - b].into_iter().enumerate() {
                let place = (value - LOW[axis]) / (HIGH[axis] - LOW[axis]) * BINS[axis] as f32;
                bin = bin * BINS[axis] + (place.max(0.0) as usize).min(BINS[axis] - 1);
            }
            bin as u16
        });
        Self { bins }
    }

    /// Log odds, within +-2.5, of every pixel being white cell given its colour.
    pub(super) fn log_odds(&self, known: &Plane<Known>) -> Plane<f32> {
        let total: usize = BINS.iter().product();
        let mut nucleus = vec![0.0f32; total];
        let mut cytoplasm = nucleus.clone();
        let mut other = nucleus.clone();
        for (&bin, &known) in self.bins.data.iter().zip(&known.data) {
            match known {
                Known::Nucleus => nucleus[usize::from(bin)] += 1.0,
                Known::Cytoplasm => cytoplasm[usize::from(bin)] += 1.0,
                Known::Other => other[usize::from(bin)] += 1.0,
                Known::Open => {}
            }
        }
        let (nucleus, cytoplasm, other) = (smoothed(nucleus), smoothed(cytoplasm), smoothed(other));
        // The rim of a nucleus also holds background and red cells: only what is commoner there than elsewhere counts.
        let own = cytoplasm
            .iter()
            .zip(&other)
            .map(|(c, o)| (c - ELSEWHERE * o).max(0.0));
        let white = nucleus
            .iter()
            .zip(own)
            .map(|(n, c)| NUCLEAR_SHARE * n + (1.0 - NUCLEAR_SHARE) * c);
        let table: Vec<f32> = white
            .zip(&other)
            .map(|(w, o)| super::stain::natural_log((w + 1e-4) / (o + 1e-4)).clamp(-CERTAIN, CERTAIN))
            .collect();
        self.bins.map(|bin| table[usize::from(bin)])
    }
}

/// Blurs a histogram by one bin along every axis and scales it to a sum of 1.
fn smoothed(mut histogram: Vec<f32>) -> Vec<f32> {
    let strides = [BINS[1] * BINS[2], BINS[2], 1];
    for (axis, stride) in strides.into_iter().enumerate() {
        let before = histogram.clone();
        for (at, value) in histogram.iter_mut().enumerate() {
            let place = at / stride % BINS[axis];
            let left = if place > 0 {
                before[at - stride]
            } else {
                before[at]
            };
            let right = if place + 1 < BINS[axis] {
                before[at + stride]
            } else {
                before[at]
            };
            *value = 0.25 * left + 0.5 * before[at] + 0.25 * right;
        }
    }
    let sum: f32 = histogram.iter().sum();
    histogram.iter().map(|v| v / sum.max(1.0)).collect()
}
