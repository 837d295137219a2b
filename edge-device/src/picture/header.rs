//! What a picture file says of itself, read before any decoder sees it.

use image::ImageFormat;

/// Format and size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: ImageFormat,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Why a file is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("the file is empty: copy it from its source again")]
    Empty,
    #[error("not a BMP, PNG or JPEG picture (its first bytes are of neither): convert it")]
    UnknownFormat,
    #[error("the picture is cut short: copy it from its source again")]
    Truncated,
}

impl Header {
    /// Reads the header, and for JPEG the chain of segments to its end: decoders fill what is missing of
    /// a truncated JPEG with grey, which nobody may take for cells.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let (format, size) = match bytes {
            [] => return Err(Flaw::Empty),
            [b'B', b'M', ..] => (ImageFormat::Bmp, bmp_size(bytes)),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => (ImageFormat::Png, png_size(bytes)),
            [0xff, 0xd8, 0xff, ..] => (ImageFormat::Jpeg, jpeg_size(bytes)),
            _ => return Err(Flaw::UnknownFormat),
        };
        let (width, height) = size.ok_or(Flaw::Truncated)?;
        Ok(Self {
            format,
            width,
            height,
        })
    }
}

fn bmp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let le16 = |at: usize| {
        Some(u32::from(u16::from_le_bytes(
            bytes.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    let le32 = |at: usize| Some(i32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if le32(14)? == 12 {
        return Some((le16(18)?, le16(20)?));
    }
    // The height is negative where the rows run from the top.
    Some((le32(18)?.unsigned_abs(), le32(22)?.unsigned_abs()))
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let be32 = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some((be32(16)?, be32(20)?))
}

/// Size of a JPEG whose segments lead to its end-of-image marker; `None` when they do not.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let be16 = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut size = None;
    let mut at = 2;
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == 0xff)?;
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xff => at += 1,
            // Stuffed bytes and restart markers inside the entropy-coded data, and lone markers.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 => return size,
            _ => {
                let start_of_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
                if start_of_frame {
                    size = Some((u32::from(be16(at + 7)?), u32::from(be16(at + 5)?)));
                }
                at += 2 + usize::from(be16(at + 2)?);
            }
        }
    }
}
