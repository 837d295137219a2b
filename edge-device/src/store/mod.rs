//! Slides, fields and cells on disk: one SQLite file in a folder that one process holds.
//!
//! Invariants: a field and its cells are written in one transaction, or not at all. `slides.ended` is
//! empty only for the slide that is being screened. A slide without fields is not kept.

mod folder;
mod reader;
mod rows;
mod schema;
mod writer;

pub use reader::StoreReader;
pub use rows::{
    CellId, CellRow, ClassifiedCell, FieldId, FieldRow, KeptQuality, NewCell, NewField, NewSlide, SlideId,
    SlideRow,
};
pub use writer::Store;

use crate::{Error, ErrorKind};

/// A database error with its outer message.
fn failed(doing: &str) -> impl FnOnce(rusqlite::Error) -> Error {
    let message = format!("the database failed when {doing}: check that the disk is not full, then restart");
    move |e| Error::new(ErrorKind::Store, message).with_source(e)
}

#[cfg(test)]
mod tests;
