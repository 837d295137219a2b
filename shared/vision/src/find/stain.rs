//! From colours to optical densities: how much stain stands in the light's way, whatever the lamp's colour.

pub(super) use blastscope_shared::arithmetic::natural_log;

use crate::raster::{Background, Histogram, Plane};

/// Darkest value that is told from black; keeps densities finite.
const DARKEST: usize = 4;
/// Brightest channel of a black frame or mask; the darkest nucleus lets more blue through. Counts as background.
const BLACK: u8 = 16;
/// Least value of a channel of the background; keeps densities finite.
const LEAST_BACKGROUND: f32 = 16.0;
/// Weight of the red density in purpleness: nuclei take up azure B, which absorbs red; pale nuclei hardly do.
const RED_WEIGHT: f32 = 0.25;
/// The same where red cells are blue.
const RED_WEIGHT_AMONG_BLUE: f32 = -0.5;
/// Red density of red cells over their green one, up to which they are pink, and from which on they are blue.
const PINK: f32 = 0.8;
const BLUE: f32 = 1.0;
/// Green densities of cells, most of which are red cells.
const CELLS: std::ops::Range<f32> = 0.12..0.7;

/// Optical densities (natural logarithm, 0 = background) of every pixel, after Beer and Lambert.
pub(super) struct Stain {
    /// Densities in red, green and blue.
    pub(super) density: Plane<[f32; 3]>,
    /// Nuclear stain: what green loses more than blue, and red more or less than that. Red cells and background are near 0.
    pub(super) purple: Plane<f32>,
}

impl Stain {
    /// Measures the densities against the background of the same field.
    pub(super) fn new(rgb: &Plane<[u8; 3]>, background: &Background) -> Self {
        let tables = background.rgb.map(|v| density_table(v.max(LEAST_BACKGROUND)));
        let density = rgb.map(|[r, g, b]| {
            if r.max(g).max(b) <= BLACK {
                return [0.0; 3];
            }
            [
                tables[0][usize::from(r)],
                tables[1][usize::from(g)],
                tables[2][usize::from(b)],
            ]
        });
        let weight = red_weight(&density);
        let purple = density.map(|[r, g, b]| g - b + weight * r);
        Self { density, purple }
    }
}

/// Density of every 8-bit value against that of the background.
fn density_table(background: f32) -> [f32; 256] {
    let mut table = [0.0; 256];
    for (value, density) in table.iter_mut().enumerate() {
        *density = natural_log(background / value.max(DARKEST) as f32);
    }
    table
}

/// Weight of the red density in purpleness in this field: where red cells came out blue, red tells them from nuclei.
fn red_weight(density: &Plane<[f32; 3]>) -> f32 {
    let cells = || density.data.iter().filter(|d| CELLS.contains(&d[1]));
    let median = |channel: usize| Histogram::of(cells().map(|d| d[channel]), -0.2, 1.2, 140).quantile(0.5);
    let ratio = median(0) / median(1).max(0.05);
    let blue = ((ratio - PINK) / (BLUE - PINK)).clamp(0.0, 1.0);
    RED_WEIGHT + blue * (RED_WEIGHT_AMONG_BLUE - RED_WEIGHT)
}
