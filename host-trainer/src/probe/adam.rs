use crate::Error;
use tch::Tensor;

/// Constants of an optimiser by moments (Kingma and Ba 2015).
#[derive(Debug, Clone, Copy)]
pub(super) struct Adam {
    /// How much of the moments stays at each step, in 0..1: of the gradient, and of its square.
    pub keep: [f64; 2],
    /// Added to the root of the second moment.
    pub eps: f64,
}

/// A value that is learnt, with the moments of its gradient.
pub(super) struct Learnt {
    /// The value.
    pub value: Tensor,
    moments: [Tensor; 2],
}

impl Learnt {
    /// Begins with a value.
    pub(super) fn new(value: Tensor) -> Result<Self, Error> {
        let moments = [value.f_zeros_like()?, value.f_zeros_like()?];
        Ok(Self { value, moments })
    }

    /// Begins with zeros.
    pub(super) fn zeros(shape: &[i64], options: (tch::Kind, tch::Device)) -> Result<Self, Error> {
        Self::new(Tensor::f_zeros(shape, options)?)
    }

    /// The `count`th step, 1 the first, at a rate. `decay`: part of the value that goes, times the rate (Loshchilov and Hutter
    /// 2019).
    pub(super) fn step(
        &mut self,
        slope: &Tensor,
        of: Adam,
        rate: f64,
        decay: f64,
        count: usize,
    ) -> Result<(), Error> {
        let squares = slope.f_square()?;
        for ((moment, new), keep) in self.moments.iter_mut().zip([slope, &squares]).zip(of.keep) {
            *moment = moment.f_mul_scalar(keep)?.f_add(&new.f_mul_scalar(1.0 - keep)?)?;
        }
        let [first, second] = &self.moments;
        let unbiased = |t: &Tensor, keep: f64| t.f_div_scalar(1.0 - keep.powi(count as i32));
        let size = unbiased(second, of.keep[1])?.f_sqrt()?.f_add_scalar(of.eps)?;
        let moved = unbiased(first, of.keep[0])?.f_div(&size)?.f_mul_scalar(rate)?;
        self.value = self.value.f_mul_scalar(1.0 - rate * decay)?.f_sub(&moved)?;
        Ok(())
    }
}
