//! How many nanometres a pixel is: from a stage micrometer, or from the red cells of several fields.

mod micrometer;
mod profile;
mod red_cells;

pub use micrometer::{MicrometerPixelSize, measure_micrometer};
pub use red_cells::{RedCellPixelSize, measure_red_cells};
