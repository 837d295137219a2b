//! Picture files: read with limits, refused with a reason. Always 8-bit RGB afterwards.

mod header;
mod listing;

pub use listing::list_pictures;

use crate::{Error, ErrorKind, Result};
use blastscope_shared::preprocess::{MAX_PIXELS, RgbView};
use header::Header;
use image::{ImageReader, Limits, RgbImage};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// Longest side of a picture that is read, pixels.
pub const MAX_SIDE: u32 = 30_000;

/// Largest picture file that is read: [`MAX_PIXELS`] of four 8-bit channels, uncompressed, and its header.
const MAX_FILE: u64 = 4 * MAX_PIXELS + (1 << 20);

/// Most memory that a decoder may take, bytes: [`MAX_PIXELS`] of four 16-bit channels.
const MAX_DECODED: u64 = 8 * MAX_PIXELS;

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
    if bytes.len() as u64 > MAX_FILE {
        let limit = MAX_FILE >> 20;
        return Err(Error::at(
            ErrorKind::Picture,
            path,
            format!("the file is larger than {limit} MiB: give a smaller picture"),
        ));
    }
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
    let refuse = |message: String| Error::new(ErrorKind::Picture, message);
    let Header {
        format,
        width,
        height,
    } = Header::read(bytes).map_err(|flaw| refuse(flaw.to_string()))?;
    if width == 0 || height == 0 {
        return Err(refuse(format!(
            "the picture is {width}x{height} pixels, it shows nothing: take it again"
        )));
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return Err(refuse(format!(
            "the picture is {width}x{height} pixels: at most {} megapixels and {MAX_SIDE} on a side are read, \
             give a part of it",
            MAX_PIXELS / 1_000_000
        )));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let picture = reader.decode().map_err(|e| {
        refuse("the picture is damaged or cut short: copy it from its source again".to_owned()).because(e)
    })?;
    Ok(picture.into_rgb8())
}

/// The picture as the shared crate sees it.
pub fn view(picture: &RgbImage) -> Result<RgbView<'_>> {
    RgbView::new(picture.width(), picture.height(), picture.as_raw())
        .map_err(|e| Error::new(ErrorKind::Picture, e.to_string()))
}

#[cfg(test)]
mod tests;
