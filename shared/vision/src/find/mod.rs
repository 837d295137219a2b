//! From a microscope field to the outlines of its white cells.
//!
//! Densities against the field's own background (`stain`), purple parts as nuclei (`nuclei`), red cells as the ruler
//! (`red_cells`), a colour model of this very field (`colour_model`), and the best closed curve around each
//! nucleus (`outline`), fitted in turns (`cell_fit`). Plain arithmetic throughout: the same field gives the same cells on every processor.

mod annotate;
mod cell_fit;
mod colour_model;
mod components;
mod distance;
mod field;
mod fitted_cell;
mod found;
mod fragments;
mod hull;
mod joined;
mod morphology;
mod nuclei;
mod outline;
mod polygon;
mod red_cells;
mod runs;
mod score;
mod settings;
mod stain;
#[cfg(test)]
mod tests;

pub use annotate::annotated;
pub use field::{central_cell, find_cells};
pub use found::{FoundCell, FoundField};
pub use settings::FinderSettings;
