//! Mixup (Zhang et al. 2018): pictures of a batch are blended with those of the same batch in another
//! order, and so are their losses.

use super::inputs::{Blend, Inputs};
use crate::Error;
use blastscope_shared::random::SplitMix64;
use std::f64::consts::TAU;
use tch::Tensor;

/// How one batch is blended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mixup {
    /// Share of the picture itself, 0 to 1, drawn from Beta(alpha, alpha).
    share: f64,
    /// The picture that each is blended with.
    partners: Vec<i64>,
}

impl Mixup {
    /// For a batch of `count`, always the same for the same stream; `alpha` is above 0.
    pub(crate) fn draw(alpha: f64, count: usize, random: &mut SplitMix64) -> Self {
        let share = beta(alpha, random);
        let mut partners: Vec<i64> = (0..count as i64).collect();
        random.shuffle(&mut partners);
        Self { share, partners }
    }

    /// Blends a batch.
    pub(crate) fn apply(&self, inputs: &Inputs) -> Result<Inputs, Error> {
        let device = inputs.pictures.device();
        let partners = Tensor::f_from_slice(&self.partners)?.f_to_device(device)?;
        let others = inputs.pictures.f_index_select(0, &partners)?;
        let pictures = others.f_lerp(&inputs.pictures, self.share)?;
        Ok(Inputs {
            pictures,
            labels: inputs.labels.shallow_clone(),
            blend: Some(Blend {
                labels: inputs.labels.f_index_select(0, &partners)?,
                share: self.share,
            }),
        })
    }
}

/// Uniform in (0, 1), 53 bits.
fn unit(random: &mut SplitMix64) -> f64 {
    ((random.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// Beta(alpha, alpha): g / (g + h) of two draws of Gamma(alpha), by their logarithms, since a small alpha
/// makes both too small for floats.
fn beta(alpha: f64, random: &mut SplitMix64) -> f64 {
    let (g, h) = (ln_gamma_draw(alpha, random), ln_gamma_draw(alpha, random));
    1.0 / (1.0 + (h - g).exp())
}

/// Logarithm of a draw of Gamma(alpha) (Marsaglia and Tsang 2000).
fn ln_gamma_draw(alpha: f64, random: &mut SplitMix64) -> f64 {
    if alpha < 1.0 {
        let larger = ln_gamma_draw(alpha + 1.0, random);
        return larger + unit(random).ln() / alpha;
    }
    let d = alpha - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = (-2.0 * unit(random).ln()).sqrt() * (TAU * unit(random)).cos();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && unit(random).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d.ln() + v.ln();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_mean_and_spread_of_the_beta_distribution() {
        for alpha in [0.05, 0.2, 1.0, 4.0] {
            let mut random = SplitMix64::new(5);
            let n = 20_000;
            let shares: Vec<f64> = (0..n).map(|_| beta(alpha, &mut random)).collect();
            assert!(shares.iter().all(|s| (0.0..=1.0).contains(s)));
            let mean = shares.iter().sum::<f64>() / f64::from(n);
            let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / f64::from(n);
            let wanted = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            assert!((mean - 0.5).abs() < 0.015, "{alpha}: mean {mean}");
            assert!(
                (variance / wanted - 1.0).abs() < 0.03,
                "{alpha}: {variance} for {wanted}"
            );
        }
        // Beta(1, 1) is uniform.
        let mut random = SplitMix64::new(6);
        let below = (0..10_000).filter(|_| beta(1.0, &mut random) < 0.25).count();
        assert!((2_350..2_650).contains(&below), "{below}");
    }

    #[test]
    fn a_batch_is_blended_as_by_hand() {
        let inputs = Inputs {
            pictures: Tensor::from_slice(&[0.0f32, 0.5, 1.0]).reshape([3, 1, 1, 1]),
            labels: Tensor::from_slice(&[0i64, 1, 1]),
            blend: None,
        };
        let mixup = Mixup {
            share: 0.75,
            partners: vec![2, 0, 1],
        };
        let mixed = mixup.apply(&inputs).unwrap();
        let pictures = Vec::<f32>::try_from(mixed.pictures.flatten(0, -1)).unwrap();
        assert_eq!(pictures, [0.25, 0.375, 0.875]);
        let blend = mixed.blend.unwrap();
        assert_eq!(Vec::<i64>::try_from(&blend.labels).unwrap(), [1, 0, 1]);
        assert_eq!(blend.share, 0.75);
        let draw = |seed| Mixup::draw(0.3, 8, &mut SplitMix64::new(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
