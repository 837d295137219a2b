//! Augmentation in batches, on the device where the network computes. Every cell is changed by what
//! [`Drawn`](super::drawn::Drawn) says, as on the host, by its own stream of random numbers: the same seed gives
//! the same picture whatever else is in the batch.
//!
//! Two things differ from the host: interpolation is libtorch's bicubic (a = -0.75 in place of -0.5), and noise
//! comes from a counter in place of the stream, so that with noise the squares of `cutout` fall elsewhere.

mod blur;
mod colour;
mod cutout;
mod draws;
mod motion;
mod noise;
mod resident;

pub(super) use draws::Draws;
pub(super) use resident::DeviceCells;

use super::Augmentation;
use crate::Error;
use tch::{Kind, TchError, Tensor};

/// Changes cells `[n, 3, size, size]` of bytes; gives pictures as the network takes them, in 0..=1. What was
/// black outside the cell stays black.
pub(super) fn augment(cells: &Tensor, of: &Augmentation, draws: &Draws) -> Result<Tensor, Error> {
    tch::no_grad(|| {
        let mut x = cells.f_to_kind(Kind::Float)?;
        x = motion::place(&x, of, draws)?;
        if let Some(tints) = &draws.tints {
            x = colour::tint(&x, tints)?;
        }
        if let Some(levels) = &draws.levels {
            x = colour::lighten(&x, levels)?;
        }
        if !draws.blurred.is_empty() {
            x = blur::blur_inside(x, &draws.blurred)?;
        }
        if let Some(seeds) = &draws.noise {
            x = noise::roughen(&x, of.noise, seeds)?;
        }
        if let Some(squares) = &draws.squares {
            x = cutout::blacken(&x, squares)?;
        }
        Ok(x.f_div_scalar_(255.0)?)
    })
}

/// Back to whole 8-bit levels, as the host rounds after each change.
fn to_levels(mut x: Tensor) -> Result<Tensor, TchError> {
    x.f_add_scalar_(0.5)?.f_clamp_(0.0, 255.0)?.f_floor_()
}

/// 1 where any channel is above 0, `[n, 1, size, size]`.
fn lit(x: &Tensor) -> Result<Tensor, TchError> {
    x.f_amax(1, true)?.f_gt(0.0)?.f_to_kind(Kind::Float)
}

#[cfg(test)]
mod tests;
