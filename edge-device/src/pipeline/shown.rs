//! The picture of a field as it is kept and shown.

use crate::{Error, ErrorKind, Result};
use blastscope_vision::raster::thumbnail;
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
        thumbnail(field, scaled(width), scaled(height))
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
