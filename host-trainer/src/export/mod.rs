//! From a trained network to what a device installs: ONNX files and the signed model package.

mod agreement;
mod card;
pub(crate) mod cnmc;
mod golden_cells;
mod last_integers;
mod looks;
mod networks;
mod package;
mod performance;
pub(crate) mod signing_key;
pub(crate) mod sources;

#[cfg(test)]
pub(crate) use agreement::Agreement;
pub(crate) use golden_cells::golden_cells;
pub use last_integers::LastIntegers;
pub(crate) use looks::looks_of;
pub(crate) use networks::{Exported, export};
pub(crate) use package::{GOLDEN_CELLS, Release, pack};
pub(crate) use performance::performance;
pub(crate) use signing_key::{SigningKey, default_path};

#[cfg(test)]
mod onnx_tests;
