//! How wide edges are, along the direction in which they are softest and across it.
//!
//! Tenengrad (mean squared Sobel gradient, Tenenbaum 1970, Krotkov 1988) grows with contrast and with the number of
//! cells. Its ratio to the Tenengrad of the same picture at a quarter of the size does not: it falls with the width of the
//! edges alone, and so does the ratio of the Laplacian's variance (Pech-Pacheco et al. 2000) to the Tenengrad. Taken as
//! structure tensors (Bigün and Granlund 1987) the ratio has a direction: defocus widens edges everywhere, motion along its
//! path, whatever the shapes of the cells.

use crate::raster::{self, Blocks, GreyImage, Plane, downscale};
use serde::Serialize;

/// Pixels along a side that make one coarse pixel.
const COARSE: usize = 4;
/// Squared widths that the fine and the coarse gradient filter add to an edge, squared pixels: of the derivative, the
/// smoothing across it and, for the coarse one, the averaging.
const FINE_FILTER: f32 = 0.45;
const COARSE_FILTER: f32 = 7.3;
/// Ratios of fine to coarse Tenengrad between which a width can be told.
const RATIOS: [f32; 2] = [1.02, 4.0];
/// Gradient, in background a pixel, beyond which more counts no further: borders, scale bars, dirt.
const STEEPEST: f32 = 0.2;
/// Coarse Tenengrad below which there is nothing to focus on, squared background a squared pixel.
const LEAST_ENERGY: f32 = 4e-6;
/// Share of cells that, in focus, have several times that energy: without it they are blurred beyond measure.
const TISSUE_WITH_EDGES: f32 = 0.02;
/// Least sides of a picture whose edges are measured, pixels.
const LEAST_SIDE: usize = 48;
/// Share of a side that is left out at the border: frames and scanner edges.
const MARGIN: usize = 32;
/// Squared standard deviation of the rounding to whole grey values.
const ROUNDING: f32 = 1.0 / 12.0;
/// What noise adds to the Laplacian, whose weights have a squared sum of 20, and a fifth more: its own estimate errs by a
/// tenth, and noise must not be taken for sharpness.
const LAPLACIAN_NOISE: f32 = 24.0;
/// A median of absolute values becomes a standard deviation (normal distribution).
const MEDIAN_TO_DEVIATION: f32 = 1.4826;

/// Widths as standard deviations of a Gaussian blur, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Edges {
    /// Mean over all directions.
    pub width: f32,
    /// Across the softest direction: what defocus alone does.
    pub across: f32,
    /// Along the softest direction.
    pub along: f32,
    /// Path of a motion that makes the difference of the two.
    pub motion: f32,
    /// Mean squared Sobel gradient without noise, squared background a squared pixel.
    pub tenengrad: f32,
    /// Variance of the Laplacian without noise, over the Tenengrad.
    pub laplacian: f32,
    /// Standard deviation of the noise, grey values.
    pub noise: f32,
}

/// Mean products of the gradients x x, x y and y y.
type Tensor = [f32; 3];

impl Edges {
    /// Measures the green channel, which all stains absorb; `background` is its value on bare glass, and `tissue` the share of
    /// cells.
    pub(super) fn of(rgb: &Plane<[u8; 3]>, background: f32, tissue: f32) -> Option<Self> {
        if rgb.width.min(rgb.height) < LEAST_SIDE || background < 1.0 {
            return None;
        }
        let green = rgb.map(|p| f32::from(p[1]));
        let variance = noise_variance(&green).max(ROUNDING);
        let scale = background * background;
        let (fine, laplacian) = gradients(&green, STEEPEST * background, 2);
        let (coarse, _) = gradients(
            &downscale(&rgb.data, rgb.width, Blocks::Whole(COARSE), raster::green),
            STEEPEST * background * COARSE as f32,
            1,
        );
        // What white noise adds to a Sobel gradient (weights of 12 in 64), and to it after averaging.
        let noise = variance * 12.0 / 64.0;
        let coarse_pixels = (COARSE * COARSE) as f32;
        let fine = without(fine, noise);
        let coarse = without(coarse, noise / coarse_pixels).map(|v| v / coarse_pixels);
        let (fine_energy, coarse_energy) = (fine[0] + fine[2], coarse[0] + coarse[2]);
        if coarse_energy / scale < LEAST_ENERGY {
            return (tissue > TISSUE_WITH_EDGES).then(|| Self::softest(variance));
        }
        let [low, high] = ratios(fine, coarse)?;
        let (along, across) = (width_of(low), width_of(high));
        let laplacian = (laplacian - LAPLACIAN_NOISE * variance).max(0.0);
        Some(Self {
            width: width_of(fine_energy / coarse_energy),
            across,
            along,
            motion: (12.0 * (along * along - across * across).max(0.0)).sqrt(),
            tenengrad: fine_energy.max(0.0) / scale,
            laplacian: laplacian / fine_energy.max(1e-6 * scale),
            noise: variance.sqrt(),
        })
    }

    /// Edges wider than can be measured.
    fn softest(variance: f32) -> Self {
        let width = width_of(RATIOS[0]);
        Self {
            width,
            across: width,
            along: width,
            motion: 0.0,
            tenengrad: 0.0,
            laplacian: 0.0,
            noise: variance.sqrt(),
        }
    }
}

/// The width of edges whose Tenengrad falls by this ratio between the two sizes: a Gaussian edge of width s has an energy
/// of 1 / s, and the filters add their own width.
fn width_of(ratio: f32) -> f32 {
    let ratio = if ratio.is_nan() {
        RATIOS[0]
    } else {
        ratio.clamp(RATIOS[0], RATIOS[1])
    };
    let squared = ratio * ratio;
    ((COARSE_FILTER - squared * FINE_FILTER).max(0.0) / (squared - 1.0)).sqrt()
}

fn without(tensor: Tensor, noise: f32) -> Tensor {
    [tensor[0] - noise, tensor[1], tensor[2] - noise]
}

/// The least and the largest ratio of fine to coarse energy over all directions: the generalised eigenvalues of the
/// two tensors. `None` where the coarse one has a direction without edges.
fn ratios(fine: Tensor, coarse: Tensor) -> Option<[f32; 2]> {
    let determinant = |t: Tensor| t[0] * t[2] - t[1] * t[1];
    let below = determinant(coarse);
    let trace = coarse[0] + coarse[2];
    // Nearly all edges alike: a ruled line, not cells.
    if below.is_nan() || below < 1e-3 * trace * trace {
        return None;
    }
    let half = (fine[0] * coarse[2] + fine[2] * coarse[0] - 2.0 * fine[1] * coarse[1]) / (2.0 * below);
    let spread = (half * half - determinant(fine) / below).max(0.0).sqrt();
    Some([half - spread, half + spread])
}

/// Mean gradient products of every `step`-th row within the margin, and the mean squared Laplacian.
fn gradients(plane: &GreyImage, steepest: f32, step: usize) -> (Tensor, f32) {
    let (w, h) = (plane.width, plane.height);
    let margin = (w.min(h) / MARGIN).max(1);
    let (mut sums, mut curved, mut count) = ([0.0f64; 3], 0.0f64, 0u64);
    for y in (margin..h.saturating_sub(margin)).step_by(step) {
        let row = |y: usize| &plane.data[y * w..(y + 1) * w];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        // Sums of one row stay small enough for single precision.
        let (mut line, mut line_curved) = ([0.0f32; 3], 0.0f32);
        for x in margin..w.saturating_sub(margin) {
            let (l, r) = (x - 1, x + 1);
            let mut gx = (above[r] + 2.0 * here[r] + below[r] - above[l] - 2.0 * here[l] - below[l]) * 0.125;
            let mut gy =
                (below[l] + 2.0 * below[x] + below[r] - above[l] - 2.0 * above[x] - above[r]) * 0.125;
            let squared = gx * gx + gy * gy;
            if squared > steepest * steepest {
                let shorter = steepest / squared.sqrt();
                gx *= shorter;
                gy *= shorter;
            }
            line[0] += gx * gx;
            line[1] += gx * gy;
            line[2] += gy * gy;
            let bend = above[x] + below[x] + here[l] + here[r] - 4.0 * here[x];
            let bend = bend.clamp(-steepest, steepest);
            line_curved += bend * bend;
        }
        sums.iter_mut().zip(line).for_each(|(s, v)| *s += f64::from(v));
        curved += f64::from(line_curved);
        count += (w - 2 * margin) as u64;
    }
    let n = count.max(1) as f64;
    (sums.map(|s| (s / n) as f32), (curved / n) as f32)
}

/// Variance of the noise (Immerkaer 1996, with a median, which cells do not move), squared grey values.
fn noise_variance(green: &GreyImage) -> f32 {
    let w = green.width;
    let mut counts = [0u32; 1024];
    // Every fourth row serves as well.
    for y in (1..green.height - 1).step_by(4) {
        let row = |y: usize| &green.data[y * w..(y + 1) * w];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        for x in 1..w - 1 {
            let corners = above[x - 1] + above[x + 1] + below[x - 1] + below[x + 1];
            let sides = above[x] + below[x] + here[x - 1] + here[x + 1];
            let value = (corners - 2.0 * sides + 4.0 * here[x]).abs();
            counts[(value as usize).min(1023)] += 1;
        }
    }
    // Within its bin the median is interpolated: noise of one grey value has few bins.
    let half = 0.5 * counts.iter().sum::<u32>() as f32;
    let (mut below, mut median) = (0.0, 0.0);
    for (value, n) in counts.iter().enumerate() {
        let n = *n as f32;
        if n > 0.0 && below + n >= half {
            median = (value as f32 - 0.5 + (half - below) / n).max(0.0);
            break;
        }
        below += n;
    }
    // The weights of the mask have a squared sum of 36.
    let deviation = MEDIAN_TO_DEVIATION * median / 6.0;
    deviation * deviation
}
