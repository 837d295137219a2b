//! Whether a field is fit to be read, before anything else is done with it.
//!
//! [`Measures`] are taken of a reduced picture in a few passes: edge widths (`edges`), which tell defocus from
//! motion, and colours against the field's own background (`colours`). [`QualityReference`] holds them against
//! the limits of [`QualitySettings`] and against the fields of the slide before. What it says has reasons that a
//! technician can act on. Plain arithmetic throughout: the same field gets the same verdict on every processor.

mod colours;
mod edges;
mod measures;
mod reference;
mod settings;
#[cfg(test)]
mod tests;
mod verdict;

pub use measures::{Measures, measure};
pub use reference::{QualityReference, judge_alone};
pub use settings::QualitySettings;
pub use verdict::{FieldQuality, FieldVerdict, QualityReason};
