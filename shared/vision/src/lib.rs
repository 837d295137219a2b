//! Pictures of blood smears in, cells and verdicts out: what trainer and device see alike.
//!
//! [`picture`] reads files; [`quality`] says whether a field is fit to be read; [`find`] outlines its white cells;
//! [`crop`] cuts what a network takes; [`stain`] brings colours to those of a package; [`register`] tells cells that were
//! counted before; [`calibrate`] measures the pixel size; [`synthetic`] draws smears;
//! [`raster`] holds the points, boxes and masks that all of them speak of. Plain arithmetic throughout: the
//! same picture gives the same cells on every processor.

pub mod calibrate;
pub mod crop;
mod error;
pub mod find;
pub mod picture;
pub mod quality;
pub mod raster;
pub mod register;
pub mod stain;
pub mod synthetic;

pub use error::{Error, ErrorKind, Result};
