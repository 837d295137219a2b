//! The picture of a field as it is kept and shown.

use crate::{Error, ErrorKind, Result};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

/// Longest side, pixels: not larger than a screen.
const LONGEST_SIDE: u32 = 1280;
/// Quality of the JPEG file.
const QUALITY: u8 = 85;

/// The field as a JPEG file, reduced to the size of a screen.
pub(super) fn shown(field: &RgbImage) -> Result<Vec<u8>> {
    let (width, height) = field.dimensions();
    let side = width.max(height);
    let smaller = (side > LONGEST_SIDE).then(|| {
        let scaled = |v: u32| (u64::from(v) * u64::from(LONGEST_SIDE) / u64::from(side)).max(1) as u32;
        reduced(field, scaled(width), scaled(height))
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(smaller.as_ref().unwrap_or(field))
        .map_err(unencoded)?;
    Ok(bytes)
}

pub(super) fn unencoded(e: image::ImageError) -> Error {
    Error::new(ErrorKind::Picture, "the picture of a field cannot be written").with_source(e)
}

/// Means of blocks of pixels. The same picture as `image::imageops::thumbnail` makes, which goes pixel by pixel and
/// took longer than finding the cells: here rows are added up first.
fn reduced(field: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (columns, rows) = (blocks(field.width(), width), blocks(field.height(), height));
    let stride = field.width() as usize * 3;
    let mut sums = vec![0u32; stride];
    let mut data = Vec::with_capacity(columns.len() * rows.len() * 3);
    for &(top, bottom) in &rows {
        sums.fill(0);
        for row in field.as_raw()[top * stride..bottom * stride].chunks_exact(stride) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += u32::from(value);
            }
        }
        for &(left, right) in &columns {
            let count = ((right - left) * (bottom - top)) as u32;
            let mut total = [count / 2; 3];
            for pixel in sums[left * 3..right * 3].as_chunks::<3>().0 {
                for (total, sum) in total.iter_mut().zip(pixel) {
                    *total += sum;
                }
            }
            data.extend(total.map(|t| (t / count.max(1)) as u8));
        }
    }
    // The data has the right length: so many columns and rows of three values.
    RgbImage::from_raw(width, height, data).unwrap_or_default()
}

/// First pixel and the one after the last, of every block when `from` pixels become `to`, 1 <= `to` <= `from`.
fn blocks(from: u32, to: u32) -> Vec<(usize, usize)> {
    let ratio = from as f32 / to as f32;
    let block = |i: u32| {
        let start = i as f32 * ratio;
        let first = (start.ceil() as u32).min(from.saturating_sub(1));
        let end = ((start + ratio).ceil() as u32).clamp(first + 1, from.max(first + 1));
        (first as usize, end as usize)
    };
    (0..to).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops;

    #[test]
    fn a_large_field_is_shown_at_the_size_of_a_screen() {
        for ((width, height), smaller) in [
            ((4000, 1000), (1280, 320)),
            ((40, 30), (40, 30)),
            ((1281, 1), (1280, 1)),
            ((1, 9000), (1, 1280)),
        ] {
            let picture = image::load_from_memory(&shown(&RgbImage::new(width, height)).unwrap()).unwrap();
            assert_eq!((picture.width(), picture.height()), smaller);
        }
    }

    #[test]
    fn a_reduced_picture_holds_the_means_of_its_blocks() {
        let picture = RgbImage::from_fn(301, 211, |x, y| {
            image::Rgb([(x * 7 + y) as u8, (x * y) as u8, (y * 3) as u8])
        });
        for (width, height) in [(128, 89), (300, 210), (301, 211), (150, 1), (1, 1)] {
            let same = imageops::thumbnail(&picture, width, height);
            assert!(reduced(&picture, width, height) == same, "{width} x {height}");
        }
    }
}
