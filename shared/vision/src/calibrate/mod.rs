//! How many nanometres a pixel is: from a stage micrometer, or from the red cells of several fields.

mod micrometer;
mod profile;
mod red_cells;

pub use micrometer::{MicrometerScale, measure_micrometer};
pub use red_cells::{RedCellScale, measure_red_cells};
