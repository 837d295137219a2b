use super::collection::read_file;
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::{
    CNMC_NANOMETRES_PER_PIXEL, CellCrop, InputSpec, MAX_PIXELS, RgbView, crop_cell, is_masked, masked_cell,
};
use image::{ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use std::path::Path;

/// Most memory that one decoder may take, bytes.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// One picture, cropped.
pub(super) struct LoadedCell {
    pub digest: String,
    /// Pixels of the cell at the scale of the picture.
    pub area: u64,
    pub crop: CellCrop,
}

/// Reads one picture of a cell on black and crops the cell.
pub(super) fn load_cell(root: &Path, file: &str, spec: &InputSpec) -> Result<LoadedCell, Error> {
    let bytes = read_file(root, file)?;
    let place = |why: String| {
        Error::new(
            ErrorKind::Picture,
            format!("{}: {why}", root.join(file).display()),
        )
    };
    let (crop, area) = crop_of_picture(&bytes, spec).map_err(place)?;
    Ok(LoadedCell {
        digest: sha256_hex(&bytes),
        area,
        crop,
    })
}

/// The crop of the cell on one picture as it is trained on, and the cell's area in pixels of the picture;
/// a message that says why and what to do otherwise.
pub fn crop_of_picture(bytes: &[u8], spec: &InputSpec) -> Result<(CellCrop, u64), String> {
    let picture = decode_picture(bytes)?;
    let refused = |e: blastscope_shared::Error| e.to_string();
    let view = RgbView::new(picture.width(), picture.height(), picture.as_raw()).map_err(refused)?;
    if !is_masked(view) {
        return Err("shows no single cell on black: mask the background to black, as in C-NMC".into());
    }
    let mask = masked_cell(view).map_err(|e| format!("{e}; take it away"))?;
    let crop = crop_cell(view, &mask, CNMC_NANOMETRES_PER_PIXEL, spec).map_err(refused)?;
    Ok((crop, mask.area()))
}

/// Decodes a BMP, PNG or JPEG to 8-bit RGB. Looks at the size before it takes memory; a message that
/// says why and what to do otherwise.
pub fn decode_picture(bytes: &[u8]) -> Result<RgbImage, String> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|e| e.to_string())?;
    let format = match reader.format() {
        Some(f @ (ImageFormat::Bmp | ImageFormat::Png | ImageFormat::Jpeg)) => f,
        _ => {
            let start: String = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
            return Err(format!(
                "is no BMP, PNG or JPEG (it begins with {start:?}): convert it or copy it again"
            ));
        }
    };
    let broken = |e: image::ImageError| format!("cannot be decoded ({e}): copy it again or take it away");
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS {
        return Err(format!(
            "is {width}x{height} pixels; 1 to {MAX_PIXELS} are possible: cut it to the cell or take it away"
        ));
    }
    // The JPEG decoder fills what is missing with grey and says nothing.
    if format == ImageFormat::Jpeg && jpeg_is_cut_short(bytes) {
        return Err("is cut short (a JPEG without its end): copy it again or take it away".into());
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder.set_limits(limits).map_err(broken)?;
    let picture = image::DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(picture.into_rgb8())
}

/// True when no end marker (FF D9) follows the last start of scan (FF DA). Within a scan an FF byte of
/// data is followed by 00, so the markers cannot be mistaken for data.
fn jpeg_is_cut_short(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|w| w == [0xff, marker]);
    match (last(0xda), last(0xd9)) {
        (Some(scan), Some(end)) => end < scan,
        _ => true,
    }
}
