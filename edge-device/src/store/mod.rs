//! Slides, fields and cells on disk: one SQLite file in a folder that one process holds.
//!
//! Invariants: a field and its cells are written in one transaction, or not at all. `slides.ended` is
//! empty only for the slide that is being screened. A slide without fields is not kept. What was said of an ended slide
//! stands in its row with the settings it was counted under, and changes no more.

mod cells;
mod columns;
mod encode;
mod fields;
mod folder;
mod freeze;
mod reader;
mod schema;
mod slides;
mod writer;

pub use cells::NewCell;
pub use encode::{CellCrop, cell_crop, field_picture, packed_mask};
pub use fields::NewField;
pub use reader::StoreReader;
pub use slides::NewSlide;
pub use writer::Store;

use crate::{Error, ErrorKind};

/// A database error with its outer message.
fn failed(doing: &str) -> impl FnOnce(rusqlite::Error) -> Error {
    let message = format!("the database failed when {doing}: check that the disk is not full, then restart");
    move |e| Error::new(ErrorKind::Store, message).with_source(e)
}

#[cfg(test)]
mod tests;
