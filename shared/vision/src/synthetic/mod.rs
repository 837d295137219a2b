//! Drawn smears with the truth about them, for demonstration and tests: nobody's blood.

mod cell_shape;
mod settings;
mod smear;
#[cfg(test)]
mod tests;
mod texture;

pub use settings::SmearSettings;
pub use smear::{DrawnCell, Smear};
