use super::blur::blur_inside;
use crate::{Error, ErrorKind};
use blastscope_shared::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// How a crop may be turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// Not at all.
    None,
    /// By multiples of 90°: moves pixels without resampling them.
    Quarter,
    /// By any angle, bicubic.
    Any,
}

/// What is done to a crop before each use in training. Every amount may be 0. What was black outside
/// the cell stays black.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Mirror every other crop.
    pub flip: bool,
    /// Turn about the centre.
    pub rotation: Rotation,
    /// Move by up to so many pixels of the crop along each axis.
    pub shift: f32,
    /// Magnify by 1 ± this.
    pub scale: f32,
    /// Multiply all channels by 1 ± this.
    pub brightness: f32,
    /// Multiply the optical density of all channels by e^±this.
    pub contrast: f32,
    /// Multiply the optical density of each channel by its own e^±this (stain jitter).
    pub stain: f32,
    /// Multiply each channel by its own 1 ± this.
    pub channel_gain: f32,
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
            (self.shift, 64.0, "shift"),
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
        let shift = [self.jitter(self.shift, random), self.jitter(self.shift, random)];
        if self.rotation == Rotation::Any || self.scale > 0.0 {
            let angle = match self.rotation {
                Rotation::Any => random.range(0.0, std::f32::consts::TAU),
                Rotation::Quarter => random.below(4) as f32 * std::f32::consts::FRAC_PI_2,
                Rotation::None => 0.0,
            };
            let zoom = 1.0 + self.jitter(self.scale, random);
            resample(planes, size, flip, angle, zoom, shift, out);
        } else {
            let turns = match self.rotation {
                Rotation::None => 0,
                _ => random.below(4),
            };
            let shift = shift.map(|s| s.round() as i64);
            rearrange(planes, size, flip, turns, shift, out);
        }
        self.tint(size, random, out);
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

/// Mirrors, turns by quarters and moves by whole pixels.
fn rearrange(planes: &[u8], size: usize, flip: bool, turns: usize, shift: [i64; 2], out: &mut [u8]) {
    let (n, last) = (size * size, size as i64 - 1);
    for y in 0..size {
        for x in 0..size {
            let (u, v) = (x as i64 - shift[0], y as i64 - shift[1]);
            let inside = (0..=last).contains(&u) && (0..=last).contains(&v);
            let (u, v) = match turns {
                0 => (u, v),
                1 => (v, last - u),
                2 => (last - u, last - v),
                _ => (last - v, u),
            };
            let u = if flip { last - u } else { u };
            for c in 0..3 {
                out[c * n + y * size + x] = if inside {
                    planes[c * n + v as usize * size + u as usize]
                } else {
                    0
                };
            }
        }
    }
}

/// Mirrors, turns, magnifies and moves about the centre; black comes in from outside. Bicubic, because
/// bilinear would blur what is turned and teach the network a sharpness that it never meets afterwards.
fn resample(planes: &[u8], size: usize, flip: bool, angle: f32, zoom: f32, shift: [f32; 2], out: &mut [u8]) {
    let (n, centre) = (size * size, (size as f32 - 1.0) / 2.0);
    let (sin, cos) = (angle.sin() / zoom, angle.cos() / zoom);
    let side = size as i64;
    for y in 0..size {
        for x in 0..size {
            let (dx, dy) = (x as f32 - centre - shift[0], y as f32 - centre - shift[1]);
            let u = cos * dx + sin * dy;
            let u = if flip { -u } else { u } + centre;
            let v = cos * dy - sin * dx + centre;
            let (left, top) = (u.floor(), v.floor());
            let (across, down) = (catmull_rom(u - left), catmull_rom(v - top));
            let (left, top) = (left as i64 - 1, top as i64 - 1);
            let mut sums = [0.0f32; 3];
            for (oy, wy) in down.iter().enumerate() {
                for (ox, wx) in across.iter().enumerate() {
                    let (px, py) = (left + ox as i64, top + oy as i64);
                    if (0..side).contains(&px) && (0..side).contains(&py) {
                        let i = py as usize * size + px as usize;
                        for (c, sum) in sums.iter_mut().enumerate() {
                            *sum += wx * wy * f32::from(planes[c * n + i]);
                        }
                    }
                }
            }
            for (c, sum) in sums.iter().enumerate() {
                out[c * n + y * size + x] = (sum + 0.5) as u8;
            }
        }
    }
}

/// Weights of four neighbours at `t` between the middle two (Catmull and Rom 1974).
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (2.0 * t2 - t3 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (4.0 * t2 + t - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
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
