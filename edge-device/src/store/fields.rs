//! The table `fields`.

use super::columns::{json, time, verdict};
use crate::domain::{Field, FieldPixelSize, QualityRecord};
use blastscope_shared::stain::StainTransform;
use blastscope_vision::quality::FieldQuality;
use blastscope_vision::raster::PixelSize;
use jiff::Timestamp;
use rusqlite::Row;

/// A field to keep.
#[derive(Debug, Clone)]
pub struct NewField {
    /// Of the frame, from its source.
    pub number: u64,
    /// What the source calls it.
    pub name: String,
    /// When it was taken.
    pub taken: Timestamp,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Pixel size, if known.
    pub pixel_size: Option<FieldPixelSize>,
    /// Cells found but not classified.
    pub rejected: u64,
    /// Whether its cells count.
    pub quality: FieldQuality,
    /// How the colours of its cells were changed for the network; kept with the slide, the latest.
    pub stain: Option<StainTransform>,
    /// Rejected cells, of this field or earlier ones, that are now known to be seen whole or rejected before.
    pub resolved: u64,
    /// JPEG, as [`field_picture`](super::field_picture) makes it.
    pub picture: Vec<u8>,
}

pub(super) const SELECT: &str =
    "SELECT id, slide, name, taken, width, height, scale_nm, verdict, reasons, measures FROM fields";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Field> {
    let record = |verdict| -> rusqlite::Result<QualityRecord> {
        Ok(QualityRecord {
            verdict,
            reasons: json(row, 8)?,
            measures: json(row, 9)?,
        })
    };
    Ok(Field {
        id: row.get(0)?,
        slide: row.get(1)?,
        name: row.get(2)?,
        taken: time(row, 3)?,
        width: row.get(4)?,
        height: row.get(5)?,
        pixel_size: row.get::<_, Option<u32>>(6)?.map(PixelSize::new),
        quality: verdict(row, 7)?.map(record).transpose()?,
    })
}
