//! What pictures and shapes are made of: points, boxes, masks, planes of values and the size of a pixel. Depends on no
//! other part of the crate.

mod background;
mod contour;
mod downscale;
mod histogram;
mod mask;
mod pixel_size;
mod plane;
mod point;
mod prepared_field;
mod rect;

pub use background::Background;
pub use contour::contour;
pub use downscale::thumbnail;
pub(crate) use downscale::{Blocks, downscale, green, green_image};
pub(crate) use histogram::Histogram;
pub use mask::Mask;
pub use pixel_size::{PixelSize, RED_CELL_NM};
pub(crate) use plane::{GreyImage, Plane};
pub use point::Point;
pub use prepared_field::PreparedField;
pub(crate) use prepared_field::ReducedField;
pub use rect::Rect;
