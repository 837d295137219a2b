//! Pictures that no network must answer with a kind of cell, made of cells that it knows: at half and at double their
//! size, as of a wrong pixel size, blurred beyond use, and drawn dirt.

use crate::Error;
use crate::train::augment::blur_inside;
use blastscope_shared::random::SplitMix64;
use tch::{Kind, Tensor};

/// Deviation of the blur that no nucleus is seen through, as parts of the crop's side: 0.7 to 1.2 µm in a crop of 18 µm.
const BLUR: [f32; 2] = [0.04, 0.07];

/// What a cell is made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spoilt {
    /// Every length halved.
    Half,
    /// Every length doubled; what leaves the crop is lost.
    Double,
    /// Smeared within its outline.
    Blurred,
    /// Nothing of the cell: a smooth blot of one colour and some grain.
    Dirt,
}

impl Spoilt {
    pub(crate) const ALL: [Self; 4] = [Self::Half, Self::Double, Self::Blurred, Self::Dirt];

    /// As reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Half => "half size",
            Self::Double => "double size",
            Self::Blurred => "blurred",
            Self::Dirt => "dirt",
        }
    }

    /// Makes cells, `[n, 3, size, size]` of bytes, into pictures of the same shape, 0 to 1. `seeds`: one a cell.
    pub(crate) fn make(self, cells: &Tensor, seeds: &[u64]) -> Result<Tensor, Error> {
        let side = cells.size()[2];
        let x = cells.f_to_kind(Kind::Float)?;
        let made = match self {
            Self::Half => {
                let small = x.f_avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None)?;
                let before = (side - small.size()[2]) / 2;
                let after = side - small.size()[2] - before;
                small.f_constant_pad_nd([before, after, before, after])?
            }
            Self::Double => {
                let half = side / 2;
                let middle = x
                    .f_narrow(2, (side - half) / 2, half)?
                    .f_narrow(3, (side - half) / 2, half)?;
                middle.f_upsample_bilinear2d([side, side], false, None, None)?
            }
            Self::Blurred => {
                let sigmas = (0i64..).zip(seeds).map(|(place, seed)| {
                    let share = SplitMix64::new(*seed).range(BLUR[0], BLUR[1]);
                    (place, share * side as f32)
                });
                blur_inside(x, &sigmas.collect::<Vec<_>>())?
            }
            Self::Dirt => {
                let blots: Vec<f32> = seeds.iter().flat_map(|seed| blot(side as usize, *seed)).collect();
                Tensor::f_from_slice(&blots)?.f_reshape(cells.size())?
            }
        };
        Ok(made.f_div_scalar(255.0)?)
    }
}

/// Three planes of 8-bit levels, 0 outside the blot.
fn blot(side: usize, seed: u64) -> Vec<f32> {
    let mut random = SplitMix64::new(seed);
    let half = side as f32 / 2.0;
    let radius = half * random.range(0.15, 0.85);
    let waves: Vec<(f32, f32, f32)> = (1..=7u8)
        .map(|k| {
            let turn = random.range(0.0, std::f32::consts::TAU);
            (f32::from(k), random.range(0.0, 0.5) / f32::from(k), turn)
        })
        .collect();
    let dark = random.range(0.1, 0.9);
    let colour = [(); 3].map(|()| (255.0 * dark * random.range(0.6, 1.1)).clamp(1.0, 250.0));
    let grain = random.range(0.0, 25.0);
    let slope = [random.range(-0.4, 0.4), random.range(-0.4, 0.4)];
    let mut planes = vec![0.0; 3 * side * side];
    for y in 0..side {
        for x in 0..side {
            let (right, down) = (x as f32 - half, y as f32 - half);
            let (away, angle) = (right.hypot(down), down.atan2(right));
            let edge: f32 = waves
                .iter()
                .map(|(k, size, turn)| size * (k * angle + turn).sin())
                .sum();
            if away > radius * (1.0 + edge) {
                continue;
            }
            let light = 1.0 + (slope[0] * right + slope[1] * down) / half;
            let speck = random.range(-grain, grain);
            for (plane, level) in colour.iter().enumerate() {
                planes[(plane * side + y) * side + x] = (level * light + speck).clamp(1.0, 255.0).round();
            }
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disc of 80 levels, 32 px wide, in a crop of 64.
    fn disc() -> Tensor {
        let at = |i: i64| {
            if ((i % 64) - 32).pow(2) + ((i / 64) % 64 - 32).pow(2) < 256 {
                80u8
            } else {
                0
            }
        };
        let levels: Vec<u8> = (0..3 * 64 * 64).map(at).collect();
        Tensor::from_slice(&levels).reshape([1, 3, 64, 64])
    }

    fn area(picture: &Tensor) -> f64 {
        picture
            .gt(0.0)
            .to_kind(Kind::Float)
            .mean(Kind::Float)
            .double_value(&[])
    }

    #[test]
    fn half_and_double_are_a_quarter_and_four_times_the_area() {
        let disc = disc();
        let made = |s: Spoilt| area(&s.make(&disc, &[1]).unwrap()) / area(&disc);
        assert!(
            (0.23..0.30).contains(&made(Spoilt::Half)),
            "{}",
            made(Spoilt::Half)
        );
        assert!(
            (3.7..4.3).contains(&made(Spoilt::Double)),
            "{}",
            made(Spoilt::Double)
        );
        assert!((made(Spoilt::Blurred) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn dirt_has_an_outline_and_is_of_its_seed_alone() {
        let cells = Tensor::cat(&[disc(), disc()], 0);
        let made = Spoilt::Dirt.make(&cells, &[7, 8]).unwrap();
        let alone = Spoilt::Dirt.make(&disc(), &[8]).unwrap();
        assert!(made.narrow(0, 1, 1).equal(&alone) && !made.narrow(0, 0, 1).equal(&alone));
        assert!((0.01..0.9).contains(&area(&alone)), "{}", area(&alone));
    }
}
