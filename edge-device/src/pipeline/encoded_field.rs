//! A field on its way to the store.

use super::field::{ScreenedCell, ScreenedField};
use crate::Result;
use crate::domain::{CellId, FieldId, SlideId};
use crate::store::{NewCell, NewField, Store, cell_crop, field_picture, packed_mask};
use image::RgbImage;

/// A screened field with what is kept of it.
#[derive(Debug)]
pub struct EncodedField {
    pub(super) screened: ScreenedField,
    pub(super) row: NewField,
    pub(super) cells: Vec<NewCell>,
}

impl EncodedField {
    /// Encodes pictures and masks, which takes longest of all: done beside the counting. The picture as it was taken is
    /// let go.
    pub fn of(mut screened: ScreenedField) -> Result<Self> {
        let image = std::mem::take(&mut screened.frame.image);
        let cells = screened.cells.iter().map(|c| encoded_cell(&image, c));
        let frame = &screened.frame;
        Ok(Self {
            cells: cells.collect::<Result<_>>()?,
            row: NewField {
                number: frame.number,
                name: frame.name.clone(),
                taken: frame.time,
                width: image.width(),
                height: image.height(),
                pixel_size: screened.pixel_size,
                rejected: screened.rejected.len() as u64,
                quality: screened.quality.clone(),
                stain: screened.stain,
                resolved: 0,
                picture: field_picture(&image)?,
            },
            screened,
        })
    }

    /// Keeps it as a field of a slide: the numbers of the field and of its cells.
    pub fn keep(&self, store: &mut Store, slide: SlideId) -> Result<(FieldId, Vec<CellId>)> {
        store.add_field(slide, &self.row, &self.cells)
    }
}

fn encoded_cell(field: &RgbImage, cell: &ScreenedCell) -> Result<NewCell> {
    let crop = cell_crop(field, &cell.cell)?;
    Ok(NewCell {
        cell: cell.cell.clone(),
        mask: packed_mask(&cell.mask),
        crop_x: crop.x,
        crop_y: crop.y,
        crop: crop.png,
        duplicate_of: None,
    })
}
