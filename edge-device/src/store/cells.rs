//! The table `cells`.

use crate::domain::{Cell, CellId, KeptCell};
use blastscope_vision::raster::Rect;
use rusqlite::Row;

/// A classified cell to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCell {
    /// Where it lies and what it was taken for.
    pub cell: Cell,
    /// One bit a pixel of its box, as [`packed_mask`](super::packed_mask) makes it.
    pub mask: Vec<u8>,
    /// Left edge of the crop on the field.
    pub crop_x: u32,
    /// Top edge of the crop.
    pub crop_y: u32,
    /// PNG of the cell with its surroundings, at the pixel size of the field.
    pub crop: Vec<u8>,
    /// The counted cell that this one is again.
    pub duplicate_of: Option<CellId>,
}

pub(super) const SELECT: &str = "SELECT id, field, x, y, width, height, score, class, decision, probability, duplicate_of, distance FROM cells";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<KeptCell> {
    Ok(KeptCell {
        id: row.get(0)?,
        field: row.get(1)?,
        cell: Cell {
            bounds: Rect {
                left: row.get(2)?,
                top: row.get(3)?,
                width: row.get(4)?,
                height: row.get(5)?,
            },
            score: row.get(6)?,
            class: row.get(7)?,
            decision: row.get(8)?,
            probability: row.get(9)?,
            distance: row.get(11)?,
        },
        duplicate_of: row.get(10)?,
    })
}
