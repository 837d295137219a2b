use super::pictures::read_file;
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::picture_header::{DAMAGED, MAX_DECODED, PictureFormat, PictureHeader};
use blastscope_shared::preprocess::{
    CNMC_NANOMETRES_PER_PIXEL, CellCrop, Framing, InputSpec, RgbView, crop_cell, is_masked, masked_cell,
    whole_picture,
};
use image::{ImageFormat, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use std::path::Path;

/// One picture, cropped.
pub(super) struct LoadedCell {
    pub digest: String,
    /// Pixels of the cell at the scale of the picture.
    pub area: u64,
    pub crop: CellCrop,
}

/// Reads one picture and brings it to the input.
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

/// One picture, or the crop of the cell on it, as it is trained on, and the cell's area in pixels of the
/// picture (0 for a whole picture); a message that says why and what to do otherwise.
pub fn crop_of_picture(bytes: &[u8], spec: &InputSpec) -> Result<(CellCrop, u64), String> {
    let picture = decode_picture(bytes)?;
    let refused = |e: blastscope_shared::Error| e.to_string();
    let view = RgbView::new(picture.width(), picture.height(), picture.as_raw()).map_err(refused)?;
    if spec.framing == Framing::WholePicture {
        return Ok((whole_picture(view, spec).map_err(refused)?, 0));
    }
    if !is_masked(view) {
        return Err(
            "shows no single cell on black: mask the background to black, as in C-NMC, or set \
                    input.framing = \"whole-picture\" in the recipe"
                .into(),
        );
    }
    let mask = masked_cell(view).map_err(|e| format!("{e}; remove it"))?;
    let crop = crop_cell(view, &mask, CNMC_NANOMETRES_PER_PIXEL, spec).map_err(refused)?;
    Ok((crop, mask.area()))
}

/// Decodes a BMP, PNG or JPEG to 8-bit RGB. Looks at the header before it takes memory; a message that
/// says why and what to do otherwise, the same as on the device.
pub fn decode_picture(bytes: &[u8]) -> Result<RgbImage, String> {
    let header = PictureHeader::read(bytes).map_err(|e| e.to_string())?;
    let format = match header.format {
        PictureFormat::Bmp => ImageFormat::Bmp,
        PictureFormat::Png => ImageFormat::Png,
        PictureFormat::Jpeg => ImageFormat::Jpeg,
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let picture = reader.decode().map_err(|e| format!("{DAMAGED} ({e})"))?;
    Ok(picture.into_rgb8())
}
