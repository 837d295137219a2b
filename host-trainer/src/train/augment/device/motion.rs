use super::pixels::to_levels;
use crate::train::augment::placement::Fill;
use crate::train::augment::settings::Augmentation;
use tch::{TchError, Tensor};

/// Numbers of libtorch for `grid_sampler`.
const NEAREST: i64 = 1;
const BICUBIC: i64 = 2;
const ZEROS: i64 = 0;
const BORDER: i64 = 1;

/// Moves the cells by `maps` for `affine_grid_generator`, `[n, 2, 3]`. Whole pixels stay what they are; anything else is bicubic, because bilinear would blur.
pub(crate) fn place(x: &Tensor, of: &Augmentation, maps: &Tensor) -> Result<Tensor, TchError> {
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
