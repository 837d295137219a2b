//! What a picture file says of itself, read before any decoder sees it. Trainer and device refuse the
//! same files with the same words.

use crate::preprocess::MAX_PIXELS;
use crate::{Error, ErrorKind};

/// Longest side of a picture that is read, pixels.
pub const MAX_SIDE: u32 = 30_000;

/// Largest picture file that is read, bytes: [`MAX_PIXELS`] of four 8-bit channels, uncompressed, and its
/// header.
pub const MAX_FILE: u64 = 4 * MAX_PIXELS + (1 << 20);

/// Most memory that a decoder may take, bytes: [`MAX_PIXELS`] of four 16-bit channels.
pub const MAX_DECODED: u64 = 8 * MAX_PIXELS;

/// What is said of a picture whose header is sound and that a decoder refuses all the same.
pub const DAMAGED: &str = "the picture is damaged or cut short: copy it from its source again";

/// The formats that C-NMC, the microscopes and the browser use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Windows bitmap.
    Bmp,
    /// Portable network graphics.
    Png,
    /// JPEG, baseline or progressive.
    Jpeg,
}

/// Format and size of a picture that may be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHeader {
    /// From its first bytes; the name of the file says nothing.
    pub format: PictureFormat,
    /// Pixels, 1 to [`MAX_SIDE`].
    pub width: u32,
    /// Pixels, 1 to [`MAX_SIDE`].
    pub height: u32,
}

impl PictureHeader {
    /// Reads the header, and for JPEG the chain of segments to its end: decoders fill what is missing of
    /// a truncated JPEG with grey, which nobody may take for cells. Refuses empty files and files above
    /// [`MAX_FILE`], other formats, truncated headers, and sizes of 0 or above [`MAX_SIDE`] and [`MAX_PIXELS`].
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = |message: &str| Error::new(ErrorKind::Malformed, message);
        if bytes.len() as u64 > MAX_FILE {
            return Err(Error::new(
                ErrorKind::Range,
                format!(
                    "the file is larger than {} MiB: give a smaller picture",
                    MAX_FILE >> 20
                ),
            ));
        }
        let (format, size) = match bytes {
            [] => return Err(malformed("the file is empty: copy it from its source again")),
            [b'B', b'M', ..] => (PictureFormat::Bmp, bmp_size(bytes)),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => (PictureFormat::Png, png_size(bytes)),
            [0xff, 0xd8, 0xff, ..] => (PictureFormat::Jpeg, jpeg_size(bytes)),
            _ => {
                return Err(malformed(
                    "not a BMP, PNG or JPEG picture (its first bytes are of neither): convert it",
                ));
            }
        };
        let (width, height) =
            size.ok_or_else(|| malformed("the picture is cut short: copy it from its source again"))?;
        check_size(width, height)?;
        Ok(Self {
            format,
            width,
            height,
        })
    }
}

fn check_size(width: u32, height: u32) -> Result<(), Error> {
    let refuse = |why: String| {
        let message = format!("the picture is {width}x{height} pixels{why}");
        Err(Error::new(ErrorKind::Range, message))
    };
    if width == 0 || height == 0 {
        return refuse(", it shows nothing: take it again".into());
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || width > MAX_SIDE || height > MAX_SIDE {
        return refuse(format!(
            ": at most {} megapixels and {MAX_SIDE} on a side are read, give a part of it",
            MAX_PIXELS / 1_000_000
        ));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest chain of segments: a thumbnail with an end of its own, a frame, a scan with stuffed
    /// bytes and a restart marker, the end.
    fn jpeg() -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe1\x00\x08\xff\xd8\xff\xda\xff\xd9".to_vec();
        bytes.extend(b"\xff\xc0\x00\x0b\x08\x00\x30\x00\x40\x01\x01\x11\x00");
        bytes.extend(b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\xff\x00\x34\xff\xd0\x56\xff\xd9");
        bytes
    }

    fn bmp(width: i32, height: i32) -> Vec<u8> {
        let mut bytes = b"BM".to_vec();
        bytes.extend([0; 12]);
        bytes.extend(40u32.to_le_bytes());
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    fn refusal(bytes: &[u8]) -> (ErrorKind, String) {
        let error = PictureHeader::read(bytes).unwrap_err();
        (error.kind(), error.to_string())
    }

    #[test]
    fn format_and_size_are_those_of_the_header() {
        let read = |bytes: &[u8]| {
            let header = PictureHeader::read(bytes).unwrap();
            (header.format, header.width, header.height)
        };
        assert_eq!(read(&jpeg()), (PictureFormat::Jpeg, 64, 48));
        assert_eq!(read(&png(7, 5)), (PictureFormat::Png, 7, 5));
        assert_eq!(read(&bmp(7, -5)), (PictureFormat::Bmp, 7, 5));
        let mut os2 = b"BM".to_vec();
        os2.extend([0; 12]);
        os2.extend(b"\x0c\x00\x00\x00\x07\x00\x05\x00");
        assert_eq!(read(&os2), (PictureFormat::Bmp, 7, 5));
    }

    #[test]
    fn a_header_cut_anywhere_is_refused_and_the_end_of_a_thumbnail_is_not_taken_for_the_end() {
        for whole in [jpeg(), png(7, 5), bmp(7, 5)] {
            for end in 0..whole.len() {
                assert_eq!(
                    refusal(&whole[..end]).0,
                    ErrorKind::Malformed,
                    "{end} of {whole:?}"
                );
            }
        }
        let whole = jpeg();
        assert!(refusal(&whole[..whole.len() - 2]).1.contains("cut short"));
        assert!(
            PictureHeader::read(&[whole, vec![0; 9]].concat()).is_ok(),
            "bytes after the end"
        );
    }

    #[test]
    fn sizes_that_cannot_be_are_refused_with_the_remedy() {
        for (bytes, words) in [
            (bmp(0, 0), "0x0 pixels, it shows nothing"),
            (png(8, 0), "8x0 pixels, it shows nothing"),
            (png(30_000, 30_000), "30000x30000 pixels: at most 100 megapixels"),
            (bmp(30_001, 1), "30001x1 pixels: at most"),
            (bmp(i32::MIN, i32::MIN), "2147483648x2147483648"),
        ] {
            let (kind, message) = refusal(&bytes);
            assert_eq!(kind, ErrorKind::Range);
            assert!(message.contains(words), "{message}");
        }
        let (kind, message) = refusal(&vec![0; MAX_FILE as usize + 1]);
        assert_eq!(kind, ErrorKind::Range);
        assert!(message.contains("larger than 382 MiB"), "{message}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(tail: Vec<u8>, kind in 0usize..3) {
            let magic: [&[u8]; 3] = [b"BM", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"];
            let _ = PictureHeader::read(&[magic[kind], &tail].concat());
        }
    }
}
