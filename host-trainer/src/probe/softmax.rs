use super::adam::{Adam, Learnt};
use super::standard::Standard;
use crate::Error;
use tch::{Kind, Tensor};

const ADAM: Adam = Adam {
    keep: [0.9, 0.99],
    eps: 1e-10,
};

/// How a softmax regression is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SoftmaxSettings {
    /// Times half the squares of the weights of standardised features, added to the mean loss.
    pub ridge: f64,
    /// Steps of the optimiser.
    pub steps: usize,
    /// Rate at the beginning; it falls to 0 by a cosine.
    pub rate: f64,
}

impl Default for SoftmaxSettings {
    fn default() -> Self {
        Self {
            ridge: 1e-3,
            steps: 300,
            rate: 0.02,
        }
    }
}

/// A linear map of features.
#[derive(Debug)]
pub(crate) struct Linear {
    /// `[outputs, width]`.
    pub weight: Tensor,
    /// `[outputs]`.
    pub bias: Tensor,
}

impl Linear {
    /// The same map of vectors that are not standardised yet.
    pub(crate) fn of_raw(&self, standard: &Standard) -> Result<Self, Error> {
        let weight = self.weight.f_div(&standard.deviation)?;
        let bias = self.bias.f_sub(&weight.f_mv(&standard.mean)?)?;
        Ok(Self { weight, bias })
    }

    /// `[n, outputs]` of `[n, width]`.
    pub(crate) fn apply(&self, x: &Tensor) -> Result<Tensor, Error> {
        Ok(x.f_linear(&self.weight, Some(&self.bias))?)
    }
}

/// Fits labels by softmax regression with Adam (Kingma and Ba 2015) on all cells at once. `x`: `[n, width]`, standardised.
/// `allowed`: `[n, labels]`, 1 for each label that a cell may have; the loss of a cell is the negative logarithm of the
/// probability of all of these together (Jin and Ghahramani 2002). `weights`: `[n]`, summing to 1.
pub(crate) fn fit_softmax(
    x: &Tensor,
    allowed: &Tensor,
    weights: &Tensor,
    settings: SoftmaxSettings,
) -> Result<Linear, Error> {
    let (width, labels) = (x.size()[1], allowed.size()[1]);
    let options = (Kind::Float, x.device());
    let mut weight = Learnt::zeros(&[labels, width], options)?;
    let mut bias = Learnt::zeros(&[labels], options)?;
    let closed = allowed.f_rsub_scalar(1.0)?.f_mul_scalar(-1e4)?;
    let (w, transposed) = (weights.f_unsqueeze(1)?, x.f_tr()?);
    for step in 1..=settings.steps {
        let logits = x.f_linear(&weight.value, Some(&bias.value))?;
        let all = logits.f_softmax(1, Kind::Float)?;
        let within = logits.f_add(&closed)?.f_softmax(1, Kind::Float)?;
        let error = all.f_sub(&within)?.f_mul(&w)?;
        let slope = transposed.f_matmul(&error)?.f_tr()?;
        let slope = slope.f_add(&weight.value.f_mul_scalar(settings.ridge)?)?;
        let lift = error.f_sum_dim_intlist(&[0i64][..], false, Kind::Float)?;
        let done = (step - 1) as f64 / settings.steps as f64;
        let rate = settings.rate * 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        weight.step(&slope.f_contiguous()?, ADAM, rate, 0.0, step)?;
        bias.step(&lift, ADAM, rate, 0.0, step)?;
    }
    Ok(Linear {
        weight: weight.value,
        bias: bias.value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clouds about ±1 of the first number; the second number says nothing.
    fn clouds(n: i64) -> (Tensor, Vec<i64>) {
        tch::manual_seed(4);
        let labels: Vec<i64> = (0..n).map(|i| i % 2).collect();
        let side = Tensor::from_slice(&labels).to_kind(Kind::Float) * 2.0 - 1.0;
        let noise = Tensor::randn([n, 2], (Kind::Float, tch::Device::Cpu));
        let shift = Tensor::stack(&[side, Tensor::zeros([n], (Kind::Float, tch::Device::Cpu))], 1);
        (noise + shift, labels)
    }

    #[test]
    fn the_bayes_rule_of_two_normal_clouds_is_found() {
        let n = 4000;
        let (x, labels) = clouds(n);
        let allowed = Tensor::from_slice(&labels).one_hot(2).to_kind(Kind::Float);
        let weights = Tensor::full([n], 1.0 / n as f64, (Kind::Float, tch::Device::Cpu));
        let settings = SoftmaxSettings {
            ridge: 1e-6,
            ..SoftmaxSettings::default()
        };
        let linear = fit_softmax(&x, &allowed, &weights, settings).unwrap();
        // Log odds of the second label are 2 x.
        let odds = linear.weight.select(0, 1) - linear.weight.select(0, 0);
        assert!((odds.double_value(&[0]) - 2.0).abs() < 0.2, "{odds:?}");
        assert!(odds.double_value(&[1]).abs() < 0.15);
    }

    #[test]
    fn a_cell_that_may_be_either_says_nothing_of_which() {
        let n = 400;
        let (x, _) = clouds(n);
        let allowed = Tensor::ones([n, 2], (Kind::Float, tch::Device::Cpu));
        let weights = Tensor::full([n], 1.0 / n as f64, (Kind::Float, tch::Device::Cpu));
        let linear = fit_softmax(&x, &allowed, &weights, SoftmaxSettings::default()).unwrap();
        assert!(linear.weight.abs().max().double_value(&[]) < 1e-6);
    }

    #[test]
    fn standardised_or_raw_the_map_is_the_same() {
        let (x, _) = clouds(50);
        let weights = Tensor::full([50], 0.02, (Kind::Float, tch::Device::Cpu));
        let standard = Standard::of(&(&x * 3.0 + 7.0), &weights).unwrap();
        let linear = Linear {
            weight: Tensor::from_slice(&[1f32, -2.0, 0.5, 3.0]).reshape([2, 2]),
            bias: Tensor::from_slice(&[0.1f32, -0.4]),
        };
        let raw = &x * 3.0 + 7.0;
        let a = linear.apply(&standard.apply(&raw).unwrap()).unwrap();
        let b = linear.of_raw(&standard).unwrap().apply(&raw).unwrap();
        assert!((a - b).abs().max().double_value(&[]) < 1e-4);
    }
}
