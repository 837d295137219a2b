//! From a trained network to what a device installs: ONNX files and the signed model package.

mod agreement;
mod card;
pub mod cnmc;
mod golden_cells;
mod last_integers;
mod networks;
mod package;
mod performance;
pub mod signing_key;
pub mod sources;

pub use agreement::Agreement;
pub use golden_cells::golden_cells;
pub use last_integers::LastIntegers;
pub use networks::{Exported, Integers, export};
pub use package::{GOLDEN_CELLS, Release, pack};
pub use performance::performance;
pub use signing_key::SigningKey;

#[cfg(test)]
mod onnx_tests;
