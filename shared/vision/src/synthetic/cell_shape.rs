//! Cells as layers of dye: optical densities (natural logarithm) of red, green and blue.

use super::texture::{Texture, ease};
use blastscope_shared::random::SplitMix64;

/// Dye of a red cell where it is thickest, of cytoplasm, of chromatin, and of a platelet.
const EOSIN: [f32; 3] = [0.10, 0.46, 0.30];
const CYTOPLASM: [f32; 3] = [0.42, 0.34, 0.10];
const CHROMATIN: [f32; 3] = [0.78, 1.12, 0.40];
const PLATELET: [f32; 3] = [0.22, 0.36, 0.14];

/// Terms of an outline's Fourier series.
const WAVES: usize = 4;

/// A closed outline around a centre: radius in pixels over the angle.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    radius: f32,
    amplitude: [f32; WAVES],
    phase: [f32; WAVES],
}

impl Outline {
    fn new(random: &mut SplitMix64, radius: f32, roughness: f32) -> Self {
        let wave = |k: usize| roughness / (k as f32 + 1.0);
        Self {
            radius,
            amplitude: std::array::from_fn(|k| random.normal() * wave(k)),
            phase: std::array::from_fn(|_| random.range(0.0, std::f32::consts::TAU)),
        }
    }

    fn radius_at(&self, angle: f32) -> f32 {
        let waves = self.amplitude.iter().zip(&self.phase);
        let sum: f32 = (2u8..)
            .zip(waves)
            .map(|(k, (a, p))| a * (f32::from(k) * angle + p).cos())
            .sum();
        self.radius * (1.0 + sum.clamp(-0.3, 0.3))
    }

    /// Farthest that the outline reaches from its centre, pixels.
    pub(super) fn reach(&self) -> f32 {
        let turn = |i: u8| f32::from(i) / 128.0 * std::f32::consts::TAU;
        (0..128).map(|i| self.radius_at(turn(i))).fold(0.0, f32::max)
    }

    /// 1 well inside, 0 outside, softened over `soft` pixels; the second value is the distance from
    /// the centre in radii.
    fn cover(&self, dx: f32, dy: f32, soft: f32) -> (f32, f32) {
        let distance = dx.hypot(dy);
        let radius = self.radius_at(dy.atan2(dx));
        (ease((radius - distance) / soft + 0.5), distance / radius.max(1.0))
    }
}

/// A white cell: cytoplasm around a nucleus with its chromatin.
#[derive(Debug, Clone)]
pub(super) struct WhiteCell {
    pub(super) body: Outline,
    nucleus: Outline,
    offset: (f32, f32),
    cleft: Option<f32>,
    nucleoli: Vec<(f32, f32, f32)>,
    chromatin: Texture,
    grain: f32,
    contrast: f32,
    darkness: f32,
}

impl WhiteCell {
    /// A lymphoblast, 12 to 15 µm: little cytoplasm, fine pale chromatin, nucleoli, now and then a cleft.
    pub(super) fn blast(random: &mut SplitMix64, pixels_per_um: f32) -> Self {
        let radius = random.range(6.0, 7.4) * pixels_per_um;
        let nucleus = radius * random.range(0.84, 0.91);
        let nucleoli = (0..=random.below(3))
            .map(|_| {
                let (angle, far) = (
                    random.range(0.0, std::f32::consts::TAU),
                    random.range(0.1, 0.55) * nucleus,
                );
                (
                    far * angle.cos(),
                    far * angle.sin(),
                    random.range(0.7, 1.1) * pixels_per_um,
                )
            })
            .collect();
        Self {
            body: Outline::new(random, radius, 0.045),
            nucleus: Outline::new(random, nucleus, 0.05),
            offset: drift(random, radius * 0.06),
            cleft: (random.unit() < 0.4).then(|| random.range(0.0, std::f32::consts::TAU)),
            nucleoli,
            chromatin: Texture::new(random.next_u64()),
            grain: 0.7 * pixels_per_um,
            contrast: 0.22,
            darkness: random.range(0.78, 0.9),
        }
    }

    /// A lymphocyte, 8.5 to 10.5 µm: round, with dark, clumped chromatin.
    pub(super) fn lymphocyte(random: &mut SplitMix64, pixels_per_um: f32) -> Self {
        let radius = random.range(4.25, 5.25) * pixels_per_um;
        let nucleus = radius * random.range(0.76, 0.85);
        Self {
            body: Outline::new(random, radius, 0.03),
            nucleus: Outline::new(random, nucleus, 0.025),
            offset: drift(random, radius * 0.1),
            cleft: None,
            nucleoli: Vec::new(),
            chromatin: Texture::new(random.next_u64()),
            grain: 1.5 * pixels_per_um,
            contrast: 0.5,
            darkness: random.range(1.0, 1.15),
        }
    }

    /// Dye at a point, pixels from the cell's centre.
    pub(super) fn density(&self, dx: f32, dy: f32) -> [f32; 3] {
        let (body, _) = self.body.cover(dx, dy, 2.5);
        if body == 0.0 {
            return [0.0; 3];
        }
        let (nx, ny) = (dx - self.offset.0, dy - self.offset.1);
        let (mut nucleus, depth) = self.nucleus.cover(nx, ny, 2.5);
        if let Some(angle) = self.cleft {
            // A narrow pale fold from the rim towards the middle.
            let (along, across) = (
                nx * angle.cos() + ny * angle.sin(),
                ny * angle.cos() - nx * angle.sin(),
            );
            let fold = ease(along / (0.25 * self.nucleus.radius)) * (-(across / 3.0).powi(2)).exp();
            nucleus *= 1.0 - 0.55 * fold;
        }
        let at = |scale: f32| {
            self.chromatin
                .at(nx / (self.grain * scale), ny / (self.grain * scale))
        };
        let clumps = 0.65 * at(1.0) + 0.35 * at(0.45) - 0.5;
        let mut stain = self.darkness * (1.0 + 2.0 * self.contrast * clumps) * (1.0 + 0.12 * depth * depth);
        for (x, y, radius) in &self.nucleoli {
            let pale = (-((nx - x).powi(2) + (ny - y).powi(2)) / (radius * radius)).exp();
            stain *= 1.0 - 0.38 * pale;
        }
        let mottle = 0.85
            + 0.3
                * self
                    .chromatin
                    .at(dx / (0.9 * self.grain) + 70.0, dy / (0.9 * self.grain));
        std::array::from_fn(|c| {
            body * (CYTOPLASM[c] * mottle * (1.0 - nucleus) + CHROMATIN[c] * stain * nucleus)
        })
    }
}

fn drift(random: &mut SplitMix64, spread: f32) -> (f32, f32) {
    (random.range(-spread, spread), random.range(-spread, spread))
}

/// A red cell: a biconcave disc seen from above.
#[derive(Debug, Clone)]
pub(super) struct RedCell {
    outline: Outline,
    depth: f32,
}

impl RedCell {
    pub(super) fn new(random: &mut SplitMix64, pixels_per_um: f32) -> Self {
        let radius = (3.75 + 0.16 * random.normal().clamp(-2.0, 2.0)) * pixels_per_um;
        Self {
            outline: Outline::new(random, radius, 0.018),
            depth: random.range(0.9, 1.1),
        }
    }

    pub(super) fn reach(&self) -> f32 {
        self.outline.reach()
    }

    /// Dye in proportion to the thickness of the disc (Evans and Fung 1972), a little flattened as on a smear.
    pub(super) fn density(&self, dx: f32, dy: f32) -> [f32; 3] {
        let (cover, t) = self.outline.cover(dx, dy, 2.5);
        let t = t.min(1.0);
        let thickness = (1.0 - 0.8 * t * t).sqrt() * (0.81 + 7.83 * t * t - 4.39 * t.powi(4)) / 2.9;
        let dye = cover * self.depth * (0.12 + 0.88 * thickness);
        EOSIN.map(|e| e * dye)
    }
}

/// A platelet: a small granular flake.
#[derive(Debug, Clone)]
pub(super) struct Platelet {
    outline: Outline,
    grain: Texture,
}

impl Platelet {
    pub(super) fn new(random: &mut SplitMix64, pixels_per_um: f32) -> Self {
        let radius = random.range(0.7, 1.1) * pixels_per_um;
        Self {
            outline: Outline::new(random, radius, 0.1),
            grain: Texture::new(random.next_u64()),
        }
    }

    pub(super) fn reach(&self) -> f32 {
        self.outline.reach()
    }

    pub(super) fn density(&self, dx: f32, dy: f32) -> [f32; 3] {
        let (cover, _) = self.outline.cover(dx, dy, 4.0);
        let dye = cover * (0.6 + 0.8 * self.grain.at(dx / 4.0, dy / 4.0));
        PLATELET.map(|p| p * dye)
    }
}
