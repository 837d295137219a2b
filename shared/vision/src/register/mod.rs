//! Where the fields of a slide lie to one another, so that a cell on several of them counts once.
//!
//! A reduced picture of each field (`registration_image`) is laid over those of the latest fields by phase correlation
//! (`correlate`, Kuglin and Hines 1975); a shift holds only when the pictures agree where they overlap
//! (`overlap`). Fields that hang together make a mosaic (`mosaics`), and cells at the same place of a mosaic are one
//! cell (`known_cells`).

mod correlate;
mod known_cells;
mod mosaics;
mod overlap;
mod registration_image;

pub use known_cells::{SeenCell, SeenField};
pub use mosaics::Mosaics;
pub use registration_image::RegistrationImage;
