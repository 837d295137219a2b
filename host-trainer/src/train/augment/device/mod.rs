//! Augmentation in batches, on the device where the network computes. Every cell is changed by what
//! [`Drawn`](super::drawn::Drawn) says, as on the host, by its own stream of random numbers: the same seed gives
//! the same picture whatever else is in the batch.
//!
//! Two things differ from the host: interpolation is libtorch's bicubic (a = -0.75 in place of -0.5), and noise
//! comes from a counter in place of the stream, so that with noise the squares of `cutout` fall elsewhere.

mod blur;
mod draws;
mod motion;
mod pixels;
mod resident;

pub(crate) use blur::blur_inside;
pub(crate) use draws::Draws;
pub(crate) use resident::DeviceCells;

use crate::Error;
use crate::train::augment::settings::Augmentation;
use tch::{Kind, Tensor};

/// Changes cells `[n, 3, size, size]` of bytes; gives pictures as the network takes them, in 0..=1. What was
/// black outside the cell stays black.
pub(crate) fn augment(cells: &Tensor, of: &Augmentation, draws: &Draws) -> Result<Tensor, Error> {
    tch::no_grad(|| {
        let mut x = cells.f_to_kind(Kind::Float)?;
        if let Some(maps) = &draws.maps {
            x = motion::place(&x, of, maps)?;
        }
        if let Some(tints) = &draws.tints {
            x = pixels::tint(&x, tints)?;
        }
        if let Some(levels) = &draws.levels {
            x = pixels::lighten(&x, levels)?;
        }
        if !draws.blurred.is_empty() {
            x = blur_inside(x, &draws.blurred)?;
        }
        if let Some(seeds) = &draws.noise {
            x = pixels::roughen(&x, of.noise, seeds)?;
        }
        if let Some(squares) = &draws.squares {
            x = pixels::blacken(&x, squares)?;
        }
        Ok(x.f_div_scalar_(255.0)?)
    })
}

#[cfg(test)]
mod tests;
