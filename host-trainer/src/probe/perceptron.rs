//! A hidden layer between features and logits, fitted by drawing rows in proportion to their weights.

use super::adam::{Adam, Learnt};
use super::softmax::Linear;
use crate::Error;
use blastscope_shared::random::SplitMix64;
use tch::{Kind, Tensor};

/// Rows of a step.
const BATCH: usize = 256;

const ADAM: Adam = Adam {
    keep: [0.9, 0.999],
    eps: 1e-8,
};

/// How a perceptron is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PerceptronSettings {
    /// Hidden numbers of a member.
    pub hidden: usize,
    /// Members, each from other random weights, whose logits are averaged: together they are one wider perceptron.
    pub members: usize,
    /// Part of the features and of the hidden numbers that each row does without, in 0..1.
    pub dropout: f64,
    /// Decay of the weights, times the rate (Loshchilov and Hutter 2019).
    pub decay: f64,
    /// Rows drawn for a member.
    pub draws: usize,
    /// Rate at the beginning; it falls to 0 by a cosine.
    pub rate: f64,
    /// Seed of weights, draws and dropout.
    pub seed: u64,
}

/// A linear map, ReLU, and a linear map.
#[derive(Debug)]
pub(crate) struct Perceptron {
    /// `[hidden, width]`.
    pub hidden: Linear,
    /// `[outputs, hidden]`.
    pub logits: Linear,
}

impl Perceptron {
    /// `[n, outputs]` of `[n, width]`.
    pub(crate) fn apply(&self, x: &Tensor) -> Result<Tensor, Error> {
        self.logits.apply(&self.hidden.apply(x)?.f_relu()?)
    }
}

/// Fits `x`, `[n, width]`, standardised, to the labels of `allowed` as [`super::softmax::fit_softmax`] does, whose weights
/// are the probabilities that a row is drawn with.
pub(crate) fn fit_perceptron(
    x: &Tensor,
    allowed: &Tensor,
    weights: &[f32],
    settings: PerceptronSettings,
) -> Result<Perceptron, Error> {
    let fit = |member| Member::new(x, allowed, settings, member).fit(weights);
    let members = (0..settings.members).map(fit).collect::<Result<Vec<_>, _>>()?;
    let join = |along: i64, part: &dyn Fn(&Perceptron) -> &Tensor| {
        Tensor::f_cat(&members.iter().map(part).collect::<Vec<_>>(), along)
    };
    let count = settings.members as f64;
    let sum = members[1..]
        .iter()
        .try_fold(members[0].logits.bias.shallow_clone(), |sum, m| {
            sum.f_add(&m.logits.bias)
        })?;
    Ok(Perceptron {
        hidden: Linear {
            weight: join(0, &|m| &m.hidden.weight)?,
            bias: join(0, &|m| &m.hidden.bias)?,
        },
        logits: Linear {
            weight: join(1, &|m| &m.logits.weight)?.f_div_scalar(count)?,
            bias: sum.f_div_scalar(count)?,
        },
    })
}

struct Member<'a> {
    x: &'a Tensor,
    allowed: &'a Tensor,
    settings: PerceptronSettings,
    random: SplitMix64,
}

impl<'a> Member<'a> {
    fn new(x: &'a Tensor, allowed: &'a Tensor, settings: PerceptronSettings, member: usize) -> Self {
        let random = SplitMix64::new(settings.seed ^ ((member as u64 + 1) << 32));
        Self {
            x,
            allowed,
            settings,
            random,
        }
    }

    fn fit(mut self, weights: &[f32]) -> Result<Perceptron, Error> {
        let (width, outputs) = (self.x.size()[1] as usize, self.allowed.size()[1] as usize);
        let hidden = self.settings.hidden;
        let mut w1 = self.uniform(hidden, width)?;
        let mut w2 = self.uniform(outputs, hidden)?;
        let options = (Kind::Float, tch::Device::Cpu);
        let mut b1 = Learnt::zeros(&[hidden as i64], options)?;
        let mut b2 = Learnt::zeros(&[outputs as i64], options)?;
        let places = Draw::new(weights);
        let closed = self.allowed.f_rsub_scalar(1.0)?.f_mul_scalar(-1e4)?;
        let steps = self.settings.draws.div_ceil(BATCH).max(1);
        for step in 0..steps {
            let drawn: Vec<i64> = (0..BATCH).map(|_| places.draw(&mut self.random)).collect();
            let drawn = Tensor::f_from_slice(&drawn)?;
            let x = self.x.f_index_select(0, &drawn)?.f_mul(&self.kept(width)?)?;
            let before = x.f_linear(&w1.value, Some(&b1.value))?;
            let mask = self.kept(hidden)?;
            let h = before.f_relu()?.f_mul(&mask)?;
            let z = h.f_linear(&w2.value, Some(&b2.value))?;
            let within = z
                .f_add(&closed.f_index_select(0, &drawn)?)?
                .f_softmax(1, Kind::Float)?;
            let error = z
                .f_softmax(1, Kind::Float)?
                .f_sub(&within)?
                .f_div_scalar(BATCH as f64)?;
            let lit = before.f_gt(0.0)?.f_to_kind(Kind::Float)?;
            let back = error.f_matmul(&w2.value)?.f_mul(&mask)?.f_mul(&lit)?;
            let sums = |t: &Tensor| t.f_sum_dim_intlist(&[0i64][..], false, Kind::Float);
            let slopes = [
                back.f_tr()?.f_matmul(&x)?,
                sums(&back)?,
                error.f_tr()?.f_matmul(&h)?,
                sums(&error)?,
            ];
            let done = step as f64 / steps as f64;
            let rate = self.settings.rate * 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
            let decay = self.settings.decay;
            let learnt = [(&mut w1, decay), (&mut b1, 0.0), (&mut w2, decay), (&mut b2, 0.0)];
            for ((learnt, decay), slope) in learnt.into_iter().zip(&slopes) {
                learnt.step(slope, ADAM, rate, decay, step + 1)?;
            }
        }
        Ok(Perceptron {
            hidden: Linear {
                weight: w1.value,
                bias: b1.value,
            },
            logits: Linear {
                weight: w2.value,
                bias: b2.value,
            },
        })
    }

    /// Uniform within the inverse root of the numbers that come in.
    fn uniform(&mut self, rows: usize, columns: usize) -> Result<Learnt, Error> {
        let bound = 1.0 / (columns as f32).sqrt();
        let values: Vec<f32> = (0..rows * columns)
            .map(|_| self.random.range(-bound, bound))
            .collect();
        let value = Tensor::f_from_slice(&values)?.f_reshape([rows as i64, columns as i64])?;
        Learnt::new(value)
    }

    /// `[BATCH, columns]`: 0 for what is dropped, else what keeps the mean.
    fn kept(&mut self, columns: usize) -> Result<Tensor, Error> {
        let limit = (self.settings.dropout * 256.0).round().clamp(0.0, 255.0);
        let scale = 256.0 / (256.0 - limit);
        let mut bytes = Vec::with_capacity(BATCH * columns + 8);
        while bytes.len() < BATCH * columns {
            bytes.extend_from_slice(&self.random.next_u64().to_le_bytes());
        }
        let shape = [BATCH as i64, columns as i64];
        let drawn = Tensor::f_from_data_size(&bytes[..BATCH * columns], &shape, Kind::Uint8)?;
        Ok(drawn.f_ge(limit)?.f_to_kind(Kind::Float)?.f_mul_scalar(scale)?)
    }
}

/// Places in proportion to weights.
struct Draw {
    sums: Vec<f64>,
}

impl Draw {
    fn new(weights: &[f32]) -> Self {
        let mut sum = 0.0;
        let sums = weights.iter().map(|w| {
            sum += f64::from(*w);
            sum
        });
        Self { sums: sums.collect() }
    }

    fn draw(&self, random: &mut SplitMix64) -> i64 {
        let all = self.sums.last().copied().unwrap_or(0.0);
        // 53 bits, as far as an f64 goes.
        let at = (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * all;
        let place = self.sums.partition_point(|sum| *sum <= at);
        place.min(self.sums.len().saturating_sub(1)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: PerceptronSettings = PerceptronSettings {
        hidden: 8,
        members: 2,
        dropout: 0.0,
        decay: 0.0,
        draws: 200 * BATCH,
        rate: 0.02,
        seed: 5,
    };

    /// The four corners of a square, whose label is whether the signs differ.
    fn corners() -> (Tensor, Tensor) {
        let x = Tensor::from_slice(&[1f32, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0, 1.0]).reshape([4, 2]);
        let allowed = Tensor::from_slice(&[1f32, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]).reshape([4, 2]);
        (x, allowed)
    }

    #[test]
    fn what_no_line_parts_is_learnt_and_repeats_itself() {
        let (x, allowed) = corners();
        let fit = || fit_perceptron(&x, &allowed, &[0.25; 4], SETTINGS).unwrap();
        let fitted = fit();
        let logits = fitted.apply(&x).unwrap();
        assert_eq!(logits.argmax(1, false), Tensor::from_slice(&[0i64, 0, 1, 1]));
        assert_eq!(fitted.hidden.weight.size(), [16, 2]);
        assert!(fit().apply(&x).unwrap().equal(&logits));
    }

    #[test]
    fn a_row_without_weight_is_never_drawn() {
        let draw = Draw::new(&[0.0, 0.5, 0.0, 0.5, 0.0]);
        let mut random = SplitMix64::new(1);
        let mut seen = [0; 5];
        (0..1000).for_each(|_| seen[draw.draw(&mut random) as usize] += 1);
        assert!(
            seen[0] + seen[2] + seen[4] == 0 && seen[1] > 400 && seen[3] > 400,
            "{seen:?}"
        );
    }
}
