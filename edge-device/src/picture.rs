//! Picture files: read with limits, refused with a reason. Always 8-bit RGB afterwards.

mod listing;

pub use listing::list_pictures;

use crate::{Error, ErrorKind, Result};
use blastscope_shared::picture_header::{DAMAGED, MAX_DECODED, MAX_FILE, PictureFormat, PictureHeader};
use blastscope_shared::preprocess::RgbView;
use image::{ImageFormat, ImageReader, Limits, RgbImage};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// Reads a BMP, PNG or JPEG file. Grey, 16-bit and transparent pictures become 8-bit RGB (alpha is
/// dropped). Damaged, truncated, empty and oversized pictures are refused before they are decoded.
pub fn read_picture(path: &Path) -> Result<RgbImage> {
    let unreadable = |e: std::io::Error| {
        let remedy = match e.kind() {
            std::io::ErrorKind::NotFound => "no such file: check the path",
            std::io::ErrorKind::PermissionDenied => "may not be read: allow this user to read it",
            _ => "cannot be read: check the file and its disk",
        };
        Error::at(ErrorKind::Picture, path, remedy).because(e)
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
            Some(inner) => outer.because(inner.to_string()),
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
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let picture = reader.decode().map_err(|e| refuse(DAMAGED).because(e))?;
    Ok(picture.into_rgb8())
}

/// The picture as the shared crate sees it.
pub fn view(picture: &RgbImage) -> Result<RgbView<'_>> {
    RgbView::new(picture.width(), picture.height(), picture.as_raw())
        .map_err(|e| Error::new(ErrorKind::Picture, e.to_string()))
}

#[cfg(test)]
mod tests;
