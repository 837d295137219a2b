use super::{Draws, to_levels};
use crate::train::drawn::Motion;
use crate::train::placement::Placement;
use crate::train::{Augmentation, Fill};
use tch::{TchError, Tensor};

/// Numbers of libtorch for `grid_sampler`.
const NEAREST: i64 = 1;
const BICUBIC: i64 = 2;
const ZEROS: i64 = 0;
const BORDER: i64 = 1;

/// The map from places of the result to places of the crop, both from -1 at the centre of the first pixel to 1
/// at that of the last: rows x and y of factors of x, of y, and what is added.
pub(super) fn map_of(motion: &Motion, size: usize) -> [f32; 6] {
    let (rows, shift) = match *motion {
        Motion::Mapped { placement, shift } => (placement.rows(), shift),
        Motion::Whole { mirror, turns, shift } => {
            let rows = Placement::of_quarters(turns).mirrored(mirror).rows();
            (rows, shift.map(|s| s as f32))
        }
    };
    let half = (size as f32 - 1.0) / 2.0;
    let row = |[x, y]: [f32; 2]| [x, y, 0.0 - (x * shift[0] + y * shift[1]) / half];
    let [[a, b, c], [d, e, f]] = rows.map(row);
    [a, b, c, d, e, f]
}

/// Moves the cells. Whole pixels stay what they are; anything else is bicubic, because bilinear would blur.
pub(super) fn place(x: &Tensor, of: &Augmentation, draws: &Draws) -> Result<Tensor, TchError> {
    let Some(maps) = &draws.maps else {
        return Ok(x.shallow_clone());
    };
    let grid = Tensor::f_affine_grid_generator(maps, x.size(), true)?;
    let outside = match of.fill {
        Fill::Black => ZEROS,
        Fill::Nearest => BORDER,
    };
    if of.resamples() {
        return to_levels(x.f_grid_sampler(&grid, BICUBIC, outside, true)?);
    }
    x.f_grid_sampler(&grid, NEAREST, outside, true)
}
