//! Packs: the cells of a data set in one file that is mapped into memory. The format is described in
//! `docs/reference/pack.md`.
//!
//! A pack is head, pixels, index, end. It is written in one pass, so the index comes after the pixels and
//! the end says where it lies.

mod coding;
mod frame;
mod index;
mod mapping;
mod open;
mod write;
mod writer;

pub(crate) use coding::Coding;
pub(super) use index::{Copy, Index, PackedCell};
pub(super) use open::Pack;
pub(crate) use write::{PackRequest, pack};
pub(super) use writer::{PackWriter, Stop, write_whole};

#[cfg(test)]
mod tests;
