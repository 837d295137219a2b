//! Augmentation on the threads of the host, cell by cell.

mod blur;
mod colour;
mod resample;

use super::drawn::{Drawn, Motion, Square};
use super::placement::rearrange;
use super::settings::Augmentation;
use blastscope_shared::random::SplitMix64;
use blur::blur_inside;
use colour::{blacken_square, lighten, roughen, tint};
use resample::resample;

impl Augmentation {
    /// Changes `3 x size x size` planes into `out`, always the same way for the same stream.
    pub(crate) fn apply(&self, planes: &[u8], size: usize, random: &mut SplitMix64, out: &mut [u8]) {
        let drawn = Drawn::before_noise(self, size, random);
        match drawn.motion {
            Motion::Whole { mirror, turns, shift } => {
                rearrange(planes, size, mirror, turns, shift, self.fill, out);
            }
            Motion::Mapped { placement, shift } => {
                resample(planes, size, &placement, shift, self.fill, out);
            }
        }
        if let Some(tints) = &drawn.tint {
            tint(size, tints, out);
        }
        if let Some(levels) = drawn.levels {
            lighten(size, levels, out);
        }
        if let Some(sigma) = drawn.sigma {
            blur_inside(out, size, sigma);
        }
        if self.noise > 0.0 {
            roughen(size, self.noise, random, out);
        }
        if let Some(square) = Square::draw(self, size, random) {
            blacken_square(size, square, out);
        }
    }
}

#[cfg(test)]
mod tests;
