//! Picture files: read with limits, refused with a reason. Always 8-bit RGB afterwards.

mod cmyk;
mod listing;

pub use listing::list_pictures;

use crate::{Error, ErrorKind, Result};
use blastscope_shared::picture_header::{DAMAGED, MAX_DECODED, MAX_FILE, PictureFormat, PictureHeader};
use blastscope_shared::preprocess::RgbView;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// Least opacity of a pixel that shows something, 0 to 255.
const OPAQUE: u8 = 128;

/// Reads a BMP, PNG or JPEG file, upright as viewers show it (EXIF orientation). Grey, 16-bit, palette and CMYK
/// pictures become 8-bit RGB; what is transparent becomes black, the colour of what lies outside a field or a masked
/// cell, whatever colour is hidden there. Damaged, truncated, empty and oversized pictures are refused, the latter before
/// they are decoded.
///
/// Memory: the file, at most 12 bytes a pixel while it is decoded (16 bits with alpha), and 3 afterwards; pixels are at most [`MAX_PIXELS`](blastscope_shared::preprocess::MAX_PIXELS).
pub fn read_picture(path: &Path) -> Result<RgbImage> {
    let unreadable = |e: std::io::Error| {
        let remedy = match e.kind() {
            std::io::ErrorKind::NotFound => "no such file: check the path",
            std::io::ErrorKind::PermissionDenied => "may not be read: allow this user to read it",
            _ => "cannot be read: check the file and its disk",
        };
        Error::at(ErrorKind::Picture, path, remedy).with_source(e)
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Error::at(
            ErrorKind::Picture,
            path,
            "is a folder, not a picture: give a file",
        ));
    }
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    decode_picture(&bytes).map_err(|e| {
        let outer = Error::at(ErrorKind::Picture, path, &e);
        match std::error::Error::source(&e) {
            Some(inner) => outer.with_source(inner.to_string()),
            None => outer,
        }
    })
}

/// As [`read_picture`], from the bytes of a file.
pub fn decode_picture(bytes: &[u8]) -> Result<RgbImage> {
    let refuse = |message: &str| Error::new(ErrorKind::Picture, message);
    let header = PictureHeader::read(bytes).map_err(|e| refuse(&e.to_string()))?;
    let format = match header.format {
        PictureFormat::Bmp => ImageFormat::Bmp,
        PictureFormat::Png => ImageFormat::Png,
        PictureFormat::Jpeg => ImageFormat::Jpeg,
    };
    if format == ImageFormat::Jpeg && cmyk::has_unknown_polarity(bytes) {
        return Err(refuse(
            "the picture has four inks (CMYK) and does not say whether they are inverted: save it as RGB",
        ));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let damaged = |e: image::ImageError| refuse(DAMAGED).with_source(e);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    // A JPEG may state its size twice; the decoder must not take memory for another one than was checked.
    if decoder.dimensions() != (header.width, header.height) || decoder.total_bytes() > MAX_DECODED {
        return Err(refuse(DAMAGED));
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let mut upright = DynamicImage::from(rgb(picture));
    upright.apply_orientation(orientation);
    Ok(upright.into_rgb8())
}

/// 8-bit RGB, black where the picture is transparent.
fn rgb(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let with_alpha = picture.into_rgba8();
    let mut opaque = RgbImage::new(with_alpha.width(), with_alpha.height());
    for (to, from) in opaque.pixels_mut().zip(with_alpha.pixels()) {
        let [r, g, b, alpha] = from.0;
        if alpha >= OPAQUE {
            *to = Rgb([r, g, b]);
        }
    }
    opaque
}

/// The picture as the shared crate sees it.
pub fn view(picture: &RgbImage) -> Result<RgbView<'_>> {
    RgbView::new(picture.width(), picture.height(), picture.as_raw())
        .map_err(|e| Error::new(ErrorKind::Picture, e.to_string()))
}

#[cfg(test)]
mod tests;
