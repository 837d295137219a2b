//! The one way from pixels to network input. Integer arithmetic throughout, so that the trainer on
//! x86-64 and the device on aarch64 give the same bytes.
//!
//! A cell keeps its scale: the crop is centred on the centroid of the cell's mask, resampled to a
//! fixed number of nanometres a pixel, and everything outside the mask is black. A whole picture is
//! made as large as fits.

mod enhance;
mod mask;
mod resample;
mod spec;

pub use mask::{CellMask, is_masked, masked_cell};
pub use spec::{Enhancement, Framing, InputSpec, MASKED_CELL};

use crate::{Error, ErrorKind};
use enhance::enhance;
use resample::{resample, taps, taps_inside};

/// Scale assumed for C-NMC pictures, nm per pixel. The data set states none; with this value the
/// median normal lymphoid cell (176 px across) measures 9.7 µm.
pub const CNMC_NANOMETRES_PER_PIXEL: u32 = 55;

/// Pictures above this many pixels are refused.
pub const MAX_PIXELS: u64 = 100_000_000;

/// Brightest value (largest channel) that JPEG noise on a black background reaches.
const BLACK: u8 = 24;

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

    /// The same size with other pixels, where there are any.
    fn with_data<'b>(self, data: Option<&'b [u8]>) -> RgbView<'b>
    where
        'a: 'b,
    {
        RgbView {
            data: data.unwrap_or(self.data),
            ..self
        }
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
/// of the two pixels (the antialiased bilinear filter of common picture libraries). Refuses a spec of
/// whole pictures.
pub fn crop_cell(
    picture: RgbView<'_>,
    mask: &CellMask,
    source_nm: u32,
    spec: &InputSpec,
) -> Result<CellCrop, Error> {
    spec.check()?;
    spec.must_be(Framing::MaskedCell)?;
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
    let enhanced = enhance(picture, Some(mask), spec.enhancement);
    let picture = picture.with_data(enhanced.as_deref());
    Ok(resample(picture, Some(mask), &columns, &rows, spec.size))
}

/// A whole picture in proportion: centred, as large as fits, black where the square reaches beyond it,
/// resampled with the filter of [`crop_cell`]. Pixels at the picture's border weigh only what lies
/// inside. Refuses a spec of single cells.
pub fn whole_picture(picture: RgbView<'_>, spec: &InputSpec) -> Result<CellCrop, Error> {
    spec.check()?;
    spec.must_be(Framing::WholePicture)?;
    let longest = i64::from(picture.width.max(picture.height));
    let size = i64::from(spec.size);
    let step = (longest * 65536 + size / 2) / size;
    let middle = |side: u32| i64::from(side) * 32768;
    let columns = taps_inside(middle(picture.width), step, spec.size, picture.width);
    let rows = taps_inside(middle(picture.height), step, spec.size, picture.height);
    let enhanced = enhance(picture, None, spec.enhancement);
    let picture = picture.with_data(enhanced.as_deref());
    Ok(resample(picture, None, &columns, &rows, spec.size))
}

#[cfg(test)]
mod tests;
