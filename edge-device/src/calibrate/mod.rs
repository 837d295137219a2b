//! How many nanometres a pixel is: from a stage micrometer, or from the red cells of several fields.

mod micrometer;
mod profile;
mod red_cells;
mod write;

pub use micrometer::{MicrometerScale, measure_micrometer};
pub use red_cells::{RedCellScale, measure_red_cells};
pub use write::write_scale;
