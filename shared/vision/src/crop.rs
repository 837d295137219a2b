//! From a picture and the outline of a cell on it to what a network takes.

use crate::find::{FinderSettings, FoundCell, central_cell};
use crate::picture::view;
use crate::raster::PixelSize;
use crate::{Error, ErrorKind, Result};
use blastscope_shared::preprocess::{
    CellCrop, CellMask, Framing, InputSpec, crop_cell, is_masked, masked_cell, whole_picture,
};
use image::RgbImage;

/// What a network sees of a picture: the whole of it, or its one cell, as `input` says.
pub fn input_of_picture(
    picture: &RgbImage,
    pixel_size: PixelSize,
    finder: &FinderSettings,
    input: &InputSpec,
) -> Result<CellCrop> {
    match input.framing {
        Framing::MaskedCell => cell_of_picture(picture, pixel_size, finder, input),
        Framing::WholePicture => whole_picture(view(picture)?, input).map_err(Error::from),
    }
}

/// The one cell of a picture: as it is where the background is masked to black, else the cell that the
/// finder sees in the middle. `pixel_size` is that of the picture.
pub fn cell_of_picture(
    picture: &RgbImage,
    pixel_size: PixelSize,
    finder: &FinderSettings,
    input: &InputSpec,
) -> Result<CellCrop> {
    let whole = view(picture)?;
    if is_masked(whole) {
        let crop =
            masked_cell(whole).and_then(|mask| crop_cell(whole, &mask, pixel_size.nanometres(), input));
        return crop.map_err(Error::from);
    }
    let cell = central_cell(picture, finder).ok_or_else(|| {
        let message = "no nucleated cell in the middle: give a picture of one cell, or use `blastscope find`";
        Error::new(ErrorKind::Picture, message)
    })?;
    crop_found(picture, &cell, pixel_size, input)
}

/// The crop of a cell that was found on a field. Only its box is looked at: the mask blacks out the rest.
pub fn crop_found(
    field: &RgbImage,
    cell: &FoundCell,
    pixel_size: PixelSize,
    input: &InputSpec,
) -> Result<CellCrop> {
    let b = cell.bounds;
    let boxed = image::imageops::crop_imm(field, b.left, b.top, b.width, b.height).to_image();
    let mask =
        CellMask::new(cell.mask.width, cell.mask.height, cell.mask.data.clone()).map_err(Error::from)?;
    crop_cell(view(&boxed)?, &mask, pixel_size.nanometres(), input).map_err(Error::from)
}

#[cfg(test)]
#[path = "crop_tests.rs"]
mod tests;
