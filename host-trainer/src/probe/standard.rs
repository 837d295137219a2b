use crate::Error;
use tch::{Kind, Tensor};

/// Mean and deviation of each number of a vector over weighted training cells.
#[derive(Debug)]
pub(crate) struct Standard {
    /// `[width]`.
    pub mean: Tensor,
    /// `[width]`, above 0.
    pub deviation: Tensor,
}

impl Standard {
    /// Of `x`, `[n, width]`, with weights `[n]` that sum to 1.
    pub(crate) fn of(x: &Tensor, weights: &Tensor) -> Result<Self, Error> {
        let w = weights.f_unsqueeze(1)?;
        let sum = |t: &Tensor| t.f_sum_dim_intlist(&[0i64][..], false, Kind::Float);
        let mean = sum(&x.f_mul(&w)?)?;
        let centred = x.f_sub(&mean)?;
        let deviation = sum(&centred.f_square()?.f_mul(&w)?)?.f_sqrt()?;
        // A number that never changes says nothing: it becomes 0 for every cell.
        let deviation = deviation.f_clamp_min(1e-4)?;
        Ok(Self { mean, deviation })
    }

    /// Mean 0 and deviation 1.
    pub(crate) fn apply(&self, x: &Tensor) -> Result<Tensor, Error> {
        Ok(x.f_sub(&self.mean)?.f_div(&self.deviation)?)
    }
}
