//! The one way from pixels to network input. Integer arithmetic throughout, so that the trainer on
//! x86-64 and the device on aarch64 give the same bytes.
//!
//! A cell keeps its scale: the crop is centred on the centroid of the cell's mask, resampled to a
//! fixed number of nanometres a pixel, and everything outside the mask is black.

mod mask;

pub use mask::{CellMask, is_masked, masked_cell};

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Scale assumed for C-NMC pictures, nm per pixel. The data set states none; with this value the
/// median normal lymphoid cell (176 px across) measures 9.7 µm.
pub const CNMC_NANOMETRES_PER_PIXEL: u32 = 55;

/// Pictures above this many pixels are refused.
pub const MAX_PIXELS: u64 = 100_000_000;

/// Brightest value (largest channel) that JPEG noise on a black background reaches.
const BLACK: u8 = 24;

/// What a network takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Height and width of the input in pixels, 16 to 1024.
    pub size: u32,
    /// Scale of the input, 10 to 10,000 nm per pixel.
    pub nanometres_per_pixel: u32,
    /// What of a picture the network sees.
    #[serde(default, skip_serializing_if = "Framing::is_masked_cell")]
    pub framing: Framing,
    /// What is done to the picture before it is resampled.
    #[serde(default, skip_serializing_if = "Enhancement::is_none")]
    pub enhancement: Enhancement,
}

/// What of a picture a network sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// One cell at a fixed scale, centred, black outside its outline.
    #[default]
    MaskedCell,
    /// The whole picture, kept in proportion, centred, as large as fits, black outside. Its scale is
    /// whatever the picture has: `nanometres_per_pixel` then only documents.
    WholePicture,
}

impl Framing {
    /// True for the cell of a picture.
    pub fn is_masked_cell(&self) -> bool {
        *self == Self::MaskedCell
    }
}

/// What is done to a picture before it is resampled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enhancement {
    /// Nothing.
    #[default]
    None,
    /// Channels normalised by their statistics, then sharpened (`alkhouli2024`).
    Alkhouli2024,
}

impl Enhancement {
    /// True where nothing is done.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl InputSpec {
    /// One cell on black, not enhanced.
    pub const fn masked_cell(size: u32, nanometres_per_pixel: u32) -> Self {
        Self {
            size,
            nanometres_per_pixel,
            framing: Framing::MaskedCell,
            enhancement: Enhancement::None,
        }
    }

    /// Refuses numbers outside the ranges above.
    pub fn check(&self) -> Result<(), Error> {
        if (16..=1024).contains(&self.size) && (10..=10_000).contains(&self.nanometres_per_pixel) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Range,
            format!(
                "input of {} px at {} nm per pixel: 16 to 1024 px and 10 to 10000 nm are possible",
                self.size, self.nanometres_per_pixel
            ),
        ))
    }
}

/// An 8-bit RGB picture, row-major, interleaved.
#[derive(Debug, Clone, Copy)]
pub struct RgbView<'a> {
    width: u32,
    height: u32,
    data: &'a [u8],
}

impl<'a> RgbView<'a> {
    /// Refuses empty pictures, pictures above [`MAX_PIXELS`] and data of the wrong length.
    pub fn new(width: u32, height: u32, data: &'a [u8]) -> Result<Self, Error> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > MAX_PIXELS {
            return Err(Error::new(
                ErrorKind::Range,
                format!("picture of {width}x{height}: 1 to {MAX_PIXELS} pixels are possible"),
            ));
        }
        if data.len() as u64 != pixels * 3 {
            return Err(Error::new(
                ErrorKind::Malformed,
                format!(
                    "picture of {width}x{height} with {} bytes instead of {}",
                    data.len(),
                    pixels * 3
                ),
            ));
        }
        Ok(Self { width, height, data })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    fn brightest(&self, index: usize) -> u8 {
        let p = &self.data[index * 3..index * 3 + 3];
        p[0].max(p[1]).max(p[2])
    }
}

/// One cell ready for a network: `3 x size x size`, planes R, G, B, black outside the mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellCrop {
    size: u32,
    data: Vec<u8>,
}

impl CellCrop {
    /// A crop read back from storage; refuses a wrong length.
    pub fn from_planes(size: u32, data: Vec<u8>) -> Result<Self, Error> {
        if data.len() as u64 != u64::from(size) * u64::from(size) * 3 {
            return Err(Error::new(
                ErrorKind::Malformed,
                format!("crop of {size} px with {} bytes", data.len()),
            ));
        }
        Ok(Self { size, data })
    }

    /// Height and width in pixels.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The planes R, G, B.
    pub fn planes(&self) -> &[u8] {
        &self.data
    }

    /// Interleaved RGB, for pictures.
    pub fn interleaved(&self) -> Vec<u8> {
        let n = (self.size * self.size) as usize;
        (0..n)
            .flat_map(|i| [self.data[i], self.data[n + i], self.data[2 * n + i]])
            .collect()
    }

    /// The network's input, `3 x size x size` in 0..=1: value / 255, so that black stays 0.
    pub fn input(&self) -> Vec<f32> {
        self.data.iter().map(|v| network_value(*v)).collect()
    }
}

/// The network's input for one 8-bit value, in 0..=1.
pub fn network_value(value: u8) -> f32 {
    f32::from(value) / 255.0
}

/// Crops one cell: `mask` must be as large as the picture; `source_nm` is the picture's scale in
/// nanometres a pixel, 1 to 100,000. Resampling is a separable triangle filter as wide as the larger
/// of the two pixels (the antialiased bilinear filter of common picture libraries).
pub fn crop_cell(
    picture: RgbView<'_>,
    mask: &CellMask,
    source_nm: u32,
    spec: &InputSpec,
) -> Result<CellCrop, Error> {
    spec.check()?;
    if (mask.width, mask.height) != (picture.width, picture.height) {
        return Err(Error::new(
            ErrorKind::Malformed,
            format!(
                "mask of {}x{} on a picture of {}x{}",
                mask.width, mask.height, picture.width, picture.height
            ),
        ));
    }
    if !(1..=100_000).contains(&source_nm) {
        return Err(Error::new(
            ErrorKind::Range,
            format!("scale of {source_nm} nm per pixel: give 1 to 100000"),
        ));
    }
    let (cx, cy) = mask.centroid_q16();
    let step =
        (i64::from(spec.nanometres_per_pixel) * 65536 + i64::from(source_nm) / 2) / i64::from(source_nm);
    let columns = taps(cx, step, spec.size, picture.width);
    let rows = taps(cy, step, spec.size, picture.height);
    let (size, width) = (spec.size as usize, picture.width as usize);
    let mut data = vec![0u8; 3 * size * size];
    let Some((first, last)) = span(&rows) else {
        return Ok(CellCrop {
            size: spec.size,
            data,
        });
    };

    // Horizontal pass: 16-bit values in 1/256, one row of the window after the other.
    let mut narrow = vec![0u16; (last - first) * size * 3];
    for y in first..last {
        let line = &mut narrow[(y - first) * size * 3..(y - first + 1) * size * 3];
        for (x, tap) in columns.iter().enumerate() {
            let mut sums = [0u64; 3];
            for (k, weight) in tap.weights.iter().enumerate() {
                let i = y * width + tap.start + k;
                if mask.data[i] != 0 {
                    for (c, sum) in sums.iter_mut().enumerate() {
                        *sum += u64::from(*weight) * u64::from(picture.data[i * 3 + c]);
                    }
                }
            }
            for (c, sum) in sums.iter().enumerate() {
                line[x * 3 + c] = ((sum * 256 + tap.total / 2) / tap.total) as u16;
            }
        }
    }
    for (y, tap) in rows.iter().enumerate() {
        for x in 0..size {
            for c in 0..3 {
                let mut sum = 0u64;
                for (k, weight) in tap.weights.iter().enumerate() {
                    sum +=
                        u64::from(*weight) * u64::from(narrow[((tap.start + k - first) * size + x) * 3 + c]);
                }
                let scale = tap.total * 256;
                data[(c * size + y) * size + x] = ((sum + scale / 2) / scale) as u8;
            }
        }
    }
    Ok(CellCrop {
        size: spec.size,
        data,
    })
}

/// The source pixels of one output pixel: those inside the picture, with their weights; `total`
/// counts the weights outside too, since outside is black.
struct Tap {
    start: usize,
    weights: Vec<u32>,
    total: u64,
}

fn taps(centre: i64, step: i64, size: u32, source: u32) -> Vec<Tap> {
    let support = step.max(65536);
    (0..i64::from(size))
        .map(|i| {
            let position = centre + (2 * i + 1 - i64::from(size)) * step / 2;
            let from = (position - support - 32768).div_euclid(65536);
            let to = (position + support - 32768).div_euclid(65536) + 1;
            let (mut start, mut weights, mut total) = (0, Vec::new(), 0u64);
            for j in from..=to {
                let distance = (j * 65536 + 32768 - position).abs();
                if distance >= support {
                    continue;
                }
                let weight = ((support - distance) * 65536 / support) as u32;
                total += u64::from(weight);
                if (0..i64::from(source)).contains(&j) {
                    if weights.is_empty() {
                        start = j as usize;
                    }
                    weights.push(weight);
                }
            }
            Tap {
                start,
                weights,
                total: total.max(1),
            }
        })
        .collect()
}

/// First source row used and the one after the last.
fn span(taps: &[Tap]) -> Option<(usize, usize)> {
    let used = || taps.iter().filter(|t| !t.weights.is_empty());
    Some((
        used().map(|t| t.start).min()?,
        used().map(|t| t.start + t.weights.len()).max()?,
    ))
}

#[cfg(test)]
mod tests;
