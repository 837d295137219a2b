//! What one use of a cell is changed by, drawn before a pixel is touched: host and device draw the same.

use super::placement::Placement;
use super::settings::{Augmentation, Rotation};
use blastscope_shared::random::SplitMix64;

/// What is drawn before the noise, which draws by pixel on the host.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub motion: Motion,
    pub tint: Option<[Tint; 3]>,
    /// 8-bit levels that are added to all channels.
    pub levels: Option<f32>,
    /// Standard deviation of the blur, in pixels.
    pub sigma: Option<f32>,
}

/// Where a cell is moved.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Motion {
    /// Mirrored (left and right, top and bottom), turned by quarters, moved by whole pixels.
    Whole {
        mirror: [bool; 2],
        turns: usize,
        shift: [i64; 2],
    },
    /// Mapped about the centre and moved.
    Mapped { placement: Placement, shift: [f32; 2] },
}

/// What one channel goes through: `gain * (value / 255)^power`, in 8-bit levels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tint {
    pub gain: f32,
    pub power: f32,
}

/// A square that is blackened, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Square {
    pub left: usize,
    pub top: usize,
    pub side: usize,
}

impl Drawn {
    /// The draws for one use of a cell of `size x size` pixels.
    pub(crate) fn before_noise(of: &Augmentation, size: usize, random: &mut SplitMix64) -> Self {
        let motion = motion(of, size, random);
        let tint = tint(of, random);
        let levels = (of.channel_shift > 0.0).then(|| jitter(of.channel_shift, random));
        let blurred = of.blur > 0.0 && random.unit() < of.blur;
        let sigma = blurred.then(|| random.range(0.3 * of.blur_sigma, of.blur_sigma));
        Self {
            motion,
            tint,
            levels,
            sigma,
        }
    }
}

fn motion(of: &Augmentation, size: usize, random: &mut SplitMix64) -> Motion {
    let flip = of.flip && random.unit() < 0.5;
    let mut shift = [jitter(of.shift, random), jitter(of.shift, random)];
    let right = of.flip_horizontal && random.unit() < 0.5;
    let mirror = [flip != right, of.flip_vertical && random.unit() < 0.5];
    if !of.resamples() {
        let turns = match of.rotation {
            Rotation::None => 0,
            _ => random.below(4),
        };
        let shift = shift.map(|s| s.round() as i64);
        return Motion::Whole { mirror, turns, shift };
    }
    let angle = match of.rotation {
        Rotation::Any => random.range(0.0, std::f32::consts::TAU),
        Rotation::Quarter => random.below(4) as f32 * std::f32::consts::FRAC_PI_2,
        Rotation::None => 0.0,
    };
    let magnified = 1.0 + jitter(of.scale, random);
    let mut placement = Placement::turned(angle, magnified);
    if of.slants() {
        let turn = jitter(of.rotation_degrees, random).to_radians();
        let slope = jitter(of.shear_degrees, random).to_radians().tan();
        let zoom = [jitter(of.zoom, random), jitter(of.zoom, random)].map(|z| 1.0 + z);
        placement = placement
            .then([[turn.cos(), turn.sin()], [-turn.sin(), turn.cos()]])
            .then([[1.0, slope], [0.0, 1.0]])
            .then([[zoom[0], 0.0], [0.0, zoom[1]]]);
        shift[0] += jitter(of.shift_x, random) * size as f32;
        shift[1] += jitter(of.shift_y, random) * size as f32;
    }
    let placement = placement.mirrored(mirror);
    Motion::Mapped { placement, shift }
}

/// Optical density is -ln(value): scaling it is a power of the value (Ruifrok and Johnston 2001).
fn tint(of: &Augmentation, random: &mut SplitMix64) -> Option<[Tint; 3]> {
    if of.brightness == 0.0 && of.contrast == 0.0 && of.stain == 0.0 && of.channel_gain == 0.0 {
        return None;
    }
    let bright = 1.0 + jitter(of.brightness, random);
    let density = jitter(of.contrast, random).exp();
    Some([(); 3].map(|()| {
        let power = density * jitter(of.stain, random).exp();
        let gain = 255.0 * bright * (1.0 + jitter(of.channel_gain, random));
        Tint { gain, power }
    }))
}

impl Square {
    /// The square of one use of a cell, where it gets one; drawn after the noise.
    pub(crate) fn draw(of: &Augmentation, size: usize, random: &mut SplitMix64) -> Option<Self> {
        if of.cutout == 0.0 || random.unit() >= of.cutout {
            return None;
        }
        let side = size / 8 + random.below(size / 3 - size / 8 + 1);
        let (left, top) = (random.below(size - side + 1), random.below(size - side + 1));
        Some(Self { left, top, side })
    }
}

fn jitter(amount: f32, random: &mut SplitMix64) -> f32 {
    random.range(-amount, amount)
}
