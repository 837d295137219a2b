//! Pictures and masks as they are kept and shown.

use crate::domain::Cell;
use crate::{Error, ErrorKind, Result};
use blastscope_vision::raster::{Mask, Rect, thumbnail};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};

/// Surroundings kept around a cell, share of its larger side.
const MARGIN: f32 = 0.25;

/// Longest side, pixels: not larger than a screen.
const LONGEST_SIDE: u32 = 1280;
/// Quality of the JPEG file.
const QUALITY: u8 = 85;

/// The field as a JPEG file, reduced to the size of a screen.
pub fn field_picture(field: &RgbImage) -> Result<Vec<u8>> {
    let (width, height) = field.dimensions();
    let side = width.max(height);
    let smaller = (side > LONGEST_SIDE).then(|| {
        let scaled = |v: u32| (u64::from(v) * u64::from(LONGEST_SIDE) / u64::from(side)).max(1) as u32;
        thumbnail(field, scaled(width), scaled(height))
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(smaller.as_ref().unwrap_or(field))
        .map_err(unencoded)?;
    Ok(bytes)
}

/// The crop of a cell with its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct CellCrop {
    /// Left edge on the field, pixels.
    pub x: u32,
    /// Top edge on the field, pixels.
    pub y: u32,
    /// PNG at the pixel size of the field.
    pub png: Vec<u8>,
}

/// Cuts a cell with its surroundings out of its field.
pub fn cell_crop(field: &RgbImage, cell: &Cell) -> Result<CellCrop> {
    let Rect { width, height, .. } = cell.bounds;
    let margin = (width.max(height) as f32 * MARGIN) as u32;
    let (left, top) = (
        cell.bounds.left.saturating_sub(margin),
        cell.bounds.top.saturating_sub(margin),
    );
    let right = (cell.bounds.right() + margin).min(field.width());
    let bottom = (cell.bounds.bottom() + margin).min(field.height());
    let around = imageops::crop_imm(field, left, top, right - left, bottom - top).to_image();
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(
            around.as_raw(),
            around.width(),
            around.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(unencoded)?;
    Ok(CellCrop { x: left, y: top, png })
}

/// One bit a pixel, row-major, high bit first.
pub fn packed_mask(mask: &Mask) -> Vec<u8> {
    let byte = |bits: &[u8]| {
        (0u8..)
            .zip(bits)
            .fold(0, |b, (i, m)| b | (u8::from(*m != 0) << (7 - i)))
    };
    mask.data.chunks(8).map(byte).collect()
}

/// The mask of a cell, from its packed form. What is missing of it is outside.
pub(super) fn unpacked_mask(cell: &Cell, packed: &[u8]) -> Mask {
    let bits = packed
        .iter()
        .flat_map(|byte| (0..8).map(move |i| byte >> (7 - i) & 1));
    let Rect { width, height, .. } = cell.bounds;
    let pixels = u64::from(width) * u64::from(height);
    Mask {
        width,
        height,
        data: bits.take(usize::try_from(pixels).unwrap_or(usize::MAX)).collect(),
    }
}

fn unencoded(e: image::ImageError) -> Error {
    Error::new(ErrorKind::Picture, "the picture of a field cannot be written").with_source(e)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CellClass;

    fn cell(left: u32, top: u32, width: u32, height: u32) -> Cell {
        Cell {
            bounds: Rect {
                left,
                top,
                width,
                height,
            },
            score: 0.5,
            class: CellClass::Unidentified,
            decision: CellClass::Label("all".into()),
            probability: 0.5,
            distance: None,
        }
    }

    #[test]
    fn a_mask_is_packed_row_by_row_and_unpacked_again() {
        let mask = Mask {
            width: 5,
            height: 2,
            data: vec![1, 0, 0, 0, 1, 0, 1, 1, 1, 0],
        };
        let packed = packed_mask(&mask);
        assert_eq!(packed, [0b1000_1011, 0b1000_0000]);
        assert_eq!(unpacked_mask(&cell(3, 4, 5, 2), &packed), mask);
    }

    #[test]
    fn a_crop_has_surroundings_as_far_as_the_field_goes() {
        let field = RgbImage::from_fn(100, 80, |x, y| image::Rgb([x as u8, y as u8, 0]));
        for (place, corner, size) in [
            (cell(40, 30, 8, 20), (35, 25), (18, 30)),
            (cell(0, 0, 20, 20), (0, 0), (25, 25)),
            (cell(90, 60, 10, 20), (85, 55), (15, 25)),
        ] {
            let crop = cell_crop(&field, &place).unwrap();
            let picture = image::load_from_memory(&crop.png).unwrap().into_rgb8();
            assert_eq!(((crop.x, crop.y), picture.dimensions()), (corner, size));
            assert_eq!(picture.get_pixel(0, 0).0, [corner.0 as u8, corner.1 as u8, 0]);
        }
    }

    #[test]
    fn a_large_field_is_shown_at_the_size_of_a_screen() {
        for ((width, height), smaller) in [
            ((4000, 1000), (1280, 320)),
            ((40, 30), (40, 30)),
            ((1281, 1), (1280, 1)),
            ((1, 9000), (1, 1280)),
        ] {
            let picture =
                image::load_from_memory(&field_picture(&RgbImage::new(width, height)).unwrap()).unwrap();
            assert_eq!((picture.width(), picture.height()), smaller);
        }
    }
}
