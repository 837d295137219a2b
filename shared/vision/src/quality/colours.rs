//! Light, background, cells and stain of a field, against its own background.

use crate::raster::{Background, Plane};
use blastscope_shared::arithmetic::natural_log;
use serde::Serialize;

/// Brightest channel of a pixel that is black: the frame of the field of view, a masked background.
const BLACK: u8 = 16;
/// Least value of a clipped channel.
const CLIPPED: u8 = 254;
/// Darkest value that is told from black; keeps densities finite.
const DARKEST: usize = 4;
/// Density within which a pixel has the colour of the background.
const BACKGROUND: f32 = 0.12;
/// Least green density of the densest parts, and its share of the field's contrast: nuclei, where there are any; red
/// cells, even two upon each other, are paler.
const DENSE: f32 = 0.6;
const DENSEST: f32 = 0.6;
/// Share of dense pixels below which nothing is said of their hue.
const LEAST_DENSE: f32 = 0.005;
/// Density by which green stands out as the palest channel in no smear: leaves, not blood.
const GREENER: f32 = 0.12;
/// Density of a pixel that is much brighter than the background: there is a light, but no bare glass.
const BRIGHTER: f32 = -0.35;
/// Least value of a channel of the background; keeps densities finite.
const LEAST_BACKGROUND: f32 = 1.0;

/// Shares are of all pixels, black ones left out but for `black_share`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Colours {
    /// Colour of the background, bare glass: 1 to 255 a channel.
    #[serde(rename = "glass")]
    pub background: [f32; 3],
    /// Pixels of the colour of the background.
    #[serde(rename = "glass_share")]
    pub background_share: f32,
    /// Pixels denser than the background: cells.
    pub tissue_share: f32,
    /// Pixels that are black in all channels.
    pub black_share: f32,
    /// Pixels at the upper end of all channels.
    pub clipped_share: f32,
    /// Green density that 2 % of the pixels exceed.
    pub contrast: f32,
    /// Range of the natural logarithms of the background's channels.
    pub cast: f32,
    /// Largest difference of the channels' densities that 2 % of the pixels exceed: 0 in a grey picture.
    pub chroma: f32,
    /// How far dense parts and background lean to red instead of blue: below 0 in a true smear, above 0 with red and blue
    /// exchanged. 0 where hardly anything is dense.
    pub tint: f32,
    /// Pixels whose colours no smear has.
    pub foreign_share: f32,
}

impl Colours {
    pub(super) fn of(rgb: &Plane<[u8; 3]>, background: &Background) -> Self {
        // A quarter of the pixels tells the same shares.
        let rows = rgb.data.chunks(rgb.width.max(1)).step_by(2);
        let pixels: Vec<[u8; 3]> = rows.flat_map(|row| row.iter().step_by(2).copied()).collect();
        let background = background.rgb.map(|v| v.max(LEAST_BACKGROUND));
        let tables = background.map(density_table);
        let mut greens = Bins::new(-0.5, 3.5);
        let mut chromas = Bins::new(0.0, 4.0);
        // Sums of green density and of what blue is denser than red, by green density.
        let mut leans = [[0.0f64; 2]; 256];
        let (mut pale, mut tissue, mut black, mut clipped, mut foreign) = (0u32, 0u32, 0u32, 0u32, 0u32);
        for &[r, g, b] in &pixels {
            if r.max(g).max(b) <= BLACK {
                black += 1;
                continue;
            }
            clipped += u32::from(r.min(g).min(b) >= CLIPPED);
            let density = [
                tables[0][usize::from(r)],
                tables[1][usize::from(g)],
                tables[2][usize::from(b)],
            ];
            let least = density[0].min(density[1]).min(density[2]);
            let most = density[0].max(density[1]).max(density[2]);
            pale += u32::from(most < BACKGROUND && least > -BACKGROUND);
            tissue += u32::from(density[1] > BACKGROUND);
            foreign += u32::from(density[1] < density[0].min(density[2]) - GREENER || least < BRIGHTER);
            chromas.add(most - least);
            let lean = &mut leans[greens.add(density[1])];
            lean[0] += f64::from(density[1]);
            lean[1] += f64::from(density[2] - density[0]);
        }
        let all = pixels.len().max(1) as f32;
        let seen = (pixels.len() as u32).saturating_sub(black).max(1) as f32;
        let logarithms = background.map(natural_log);
        let [red, green, blue] = logarithms;
        let contrast = greens.quantile(0.98).max(0.0);
        let first = greens.bin(DENSE.max(DENSEST * contrast));
        let dense: u32 = greens.counts[first..].iter().sum();
        let [green_sum, blue_sum] = leans[first..]
            .iter()
            .fold([0.0; 2], |s, l| [s[0] + l[0], s[1] + l[1]]);
        let tint = match dense as f32 >= LEAST_DENSE * all {
            true => (blue_sum / green_sum) as f32 + blue - red,
            false => 0.0,
        };
        Self {
            background,
            background_share: pale as f32 / seen,
            tissue_share: tissue as f32 / seen,
            black_share: black as f32 / all,
            clipped_share: clipped as f32 / all,
            contrast,
            cast: red.max(green).max(blue) - red.min(green).min(blue),
            chroma: chromas.quantile(0.98),
            tint,
            foreign_share: foreign as f32 / seen,
        }
    }
}

/// Density of every 8-bit value against that of the background.
fn density_table(background: f32) -> [f32; 256] {
    std::array::from_fn(|value| natural_log(background / value.max(DARKEST) as f32))
}

/// A histogram of 256 equal bins.
struct Bins {
    low: f32,
    step: f32,
    counts: [u32; 256],
    total: u32,
}

impl Bins {
    fn new(low: f32, high: f32) -> Self {
        Self {
            low,
            step: (high - low) / 256.0,
            counts: [0; 256],
            total: 0,
        }
    }

    /// The bin of a value; a float becomes the nearest index in range, whatever it is.
    fn bin(&self, value: f32) -> usize {
        (((value - self.low) / self.step) as usize).min(255)
    }

    /// Counts a value and tells its bin.
    fn add(&mut self, value: f32) -> usize {
        let bin = self.bin(value);
        self.counts[bin] += 1;
        self.total += 1;
        bin
    }

    /// Value below which `share` of the counts lie; the low end without any.
    fn quantile(&self, share: f32) -> f32 {
        let target = share * self.total as f32;
        let mut seen = 0;
        let bin = self.counts.iter().position(|n| {
            seen += n;
            *n > 0 && seen as f32 >= target
        });
        bin.map_or(self.low, |bin| self.low + (bin as f32 + 0.5) * self.step)
    }
}
