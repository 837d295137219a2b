use super::blur::blur_inside;
use super::placement::{Fill, Placement, rearrange, resample};
use crate::{Error, ErrorKind};
use blastscope_shared::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// How a crop may be turned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// Not at all.
    #[default]
    None,
    /// By multiples of 90°: moves pixels without resampling them.
    Quarter,
    /// By any angle, bicubic.
    Any,
}

/// What is done to a crop before each use in training. Every amount may be 0. What was black outside
/// the cell stays black.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Mirror every other crop. With turns by any angle or by quarters this is every mirror there is.
    pub flip: bool,
    /// Swap left and right of every other crop.
    #[serde(default)]
    pub flip_horizontal: bool,
    /// Swap top and bottom of every other crop.
    #[serde(default)]
    pub flip_vertical: bool,
    /// Turn about the centre.
    pub rotation: Rotation,
    /// Turn about the centre by up to so many degrees either way, on top of `rotation`.
    #[serde(default)]
    pub rotation_degrees: f32,
    /// Move by up to so many pixels of the crop along each axis.
    pub shift: f32,
    /// Move along x by up to this share of the side.
    #[serde(default)]
    pub shift_x: f32,
    /// Move along y by up to this share of the side.
    #[serde(default)]
    pub shift_y: f32,
    /// Magnify by 1 ± this.
    pub scale: f32,
    /// Shrink by 1 ± this, each axis by its own (Keras's `zoom_range`).
    #[serde(default)]
    pub zoom: f32,
    /// Slant columns by up to so many degrees either way.
    #[serde(default)]
    pub shear_degrees: f32,
    /// What comes in from outside the crop.
    #[serde(default)]
    pub fill: Fill,
    /// Multiply all channels by 1 ± this.
    pub brightness: f32,
    /// Multiply the optical density of all channels by e^±this.
    pub contrast: f32,
    /// Multiply the optical density of each channel by its own e^±this (stain jitter).
    pub stain: f32,
    /// Multiply each channel by its own 1 ± this.
    pub channel_gain: f32,
    /// Add up to so many 8-bit levels either way, the same to all channels (Keras's
    /// `channel_shift_range`).
    #[serde(default)]
    pub channel_shift: f32,
    /// Share of crops that are blurred.
    pub blur: f32,
    /// Standard deviation of the blur at most, pixels of the crop.
    pub blur_sigma: f32,
    /// Standard deviation of normal noise, 8-bit levels.
    pub noise: f32,
    /// Share of crops in which a square of an eighth to a third of the side is blackened.
    pub cutout: f32,
}

impl Augmentation {
    /// Refuses amounts below 0 or too large to make sense.
    pub fn check(&self) -> Result<(), Error> {
        for (value, most, name) in [
            (self.rotation_degrees, 180.0, "rotation_degrees"),
            (self.shift, 64.0, "shift"),
            (self.shift_x, 0.9, "shift_x"),
            (self.shift_y, 0.9, "shift_y"),
            (self.zoom, 0.9, "zoom"),
            (self.shear_degrees, 60.0, "shear_degrees"),
            (self.channel_shift, 255.0, "channel_shift"),
            (self.scale, 0.5, "scale"),
            (self.brightness, 0.9, "brightness"),
            (self.contrast, 2.0, "contrast"),
            (self.stain, 2.0, "stain"),
            (self.channel_gain, 0.9, "channel_gain"),
            (self.blur, 1.0, "blur"),
            (self.blur_sigma, 8.0, "blur_sigma"),
            (self.noise, 64.0, "noise"),
            (self.cutout, 1.0, "cutout"),
        ] {
            if !(0.0..=most).contains(&value) {
                let message = format!("out of range: augmentation.{name}: 0 to {most}");
                return Err(Error::new(ErrorKind::Recipe, message));
            }
        }
        Ok(())
    }

    /// Changes `3 x size x size` planes into `out`, always the same way for the same stream.
    pub fn apply(&self, planes: &[u8], size: usize, random: &mut SplitMix64, out: &mut [u8]) {
        let flip = self.flip && random.unit() < 0.5;
        let mut shift = [self.jitter(self.shift, random), self.jitter(self.shift, random)];
        let right = self.flip_horizontal && random.unit() < 0.5;
        let mirror = [flip != right, self.flip_vertical && random.unit() < 0.5];
        let slants = self.slants();
        if self.rotation == Rotation::Any || self.scale > 0.0 || slants {
            let angle = match self.rotation {
                Rotation::Any => random.range(0.0, std::f32::consts::TAU),
                Rotation::Quarter => random.below(4) as f32 * std::f32::consts::FRAC_PI_2,
                Rotation::None => 0.0,
            };
            let magnified = 1.0 + self.jitter(self.scale, random);
            let mut placement = Placement::turned(angle, magnified);
            if slants {
                let turn = self.jitter(self.rotation_degrees, random).to_radians();
                let slope = self.jitter(self.shear_degrees, random).to_radians().tan();
                let zoom = [self.jitter(self.zoom, random), self.jitter(self.zoom, random)].map(|z| 1.0 + z);
                placement = placement
                    .then([[turn.cos(), turn.sin()], [-turn.sin(), turn.cos()]])
                    .then([[1.0, slope], [0.0, 1.0]])
                    .then([[zoom[0], 0.0], [0.0, zoom[1]]]);
                shift[0] += self.jitter(self.shift_x, random) * size as f32;
                shift[1] += self.jitter(self.shift_y, random) * size as f32;
            }
            resample(planes, size, &placement.mirrored(mirror), shift, self.fill, out);
        } else {
            let turns = match self.rotation {
                Rotation::None => 0,
                _ => random.below(4),
            };
            let shift = shift.map(|s| s.round() as i64);
            rearrange(planes, size, mirror, turns, shift, self.fill, out);
        }
        self.tint(size, random, out);
        if self.channel_shift > 0.0 {
            lighten(size, self.jitter(self.channel_shift, random), out);
        }
        if self.blur > 0.0 && random.unit() < self.blur {
            let sigma = random.range(0.3 * self.blur_sigma, self.blur_sigma);
            blur_inside(out, size, sigma);
        }
        if self.noise > 0.0 {
            self.roughen(size, random, out);
        }
        if self.cutout > 0.0 && random.unit() < self.cutout {
            blacken_square(size, random, out);
        }
    }

    /// Whether any amount asks for more than turns and one scale.
    fn slants(&self) -> bool {
        let amounts = [
            self.rotation_degrees,
            self.shift_x,
            self.shift_y,
            self.zoom,
            self.shear_degrees,
        ];
        amounts.iter().any(|a| *a > 0.0)
    }

    fn jitter(&self, amount: f32, random: &mut SplitMix64) -> f32 {
        random.range(-amount, amount)
    }

    /// Brightness, contrast and stain through one table a channel; 0 maps to 0.
    fn tint(&self, size: usize, random: &mut SplitMix64, out: &mut [u8]) {
        if self.brightness == 0.0 && self.contrast == 0.0 && self.stain == 0.0 && self.channel_gain == 0.0 {
            return;
        }
        let bright = 1.0 + self.jitter(self.brightness, random);
        let density = self.jitter(self.contrast, random).exp();
        for plane in out.chunks_exact_mut(size * size) {
            // Optical density is -ln(value): scaling it is a power of the value (Ruifrok and Johnston 2001).
            let power = density * self.jitter(self.stain, random).exp();
            let gain = 255.0 * bright * (1.0 + self.jitter(self.channel_gain, random));
            let table: Vec<u8> = (0..=255u8)
                .map(|v| (gain * (f32::from(v) / 255.0).powf(power) + 0.5).clamp(0.0, 255.0) as u8)
                .collect();
            plane.iter_mut().for_each(|v| *v = table[usize::from(*v)]);
        }
    }

    fn roughen(&self, size: usize, random: &mut SplitMix64, out: &mut [u8]) {
        let n = size * size;
        for i in 0..n {
            if is_black(out, n, i) {
                continue;
            }
            for c in 0..3 {
                let value = f32::from(out[c * n + i]) + self.noise * random.normal();
                out[c * n + i] = value.round().clamp(0.0, 255.0) as u8;
            }
        }
    }
}

/// True where all three planes are 0.
pub(super) fn is_black(planes: &[u8], n: usize, i: usize) -> bool {
    planes[i] == 0 && planes[n + i] == 0 && planes[2 * n + i] == 0
}

/// Adds so many levels to every channel of what is not black.
fn lighten(size: usize, levels: f32, out: &mut [u8]) {
    let n = size * size;
    for i in 0..n {
        if is_black(out, n, i) {
            continue;
        }
        for c in 0..3 {
            out[c * n + i] = (f32::from(out[c * n + i]) + levels).round().clamp(0.0, 255.0) as u8;
        }
    }
}

fn blacken_square(size: usize, random: &mut SplitMix64, out: &mut [u8]) {
    let side = size / 8 + random.below(size / 3 - size / 8 + 1);
    let (left, top) = (random.below(size - side + 1), random.below(size - side + 1));
    for plane in out.chunks_exact_mut(size * size) {
        for row in plane.chunks_exact_mut(size).skip(top).take(side) {
            row[left..left + side].fill(0);
        }
    }
}
