use super::softmax::Linear;
use crate::Error;
use tch::{Kind, Tensor};

/// Shrinkage of the covariance within labels towards a multiple of the identity.
const SHRINKAGE: f64 = 0.1;

/// A linear map to points whose squared distances are those of Mahalanobis, and the centres of the kinds of cells.
#[derive(Debug)]
pub(crate) struct Whitening {
    /// Map of standardised features.
    pub map: Linear,
    /// `[kinds, dimensions]`.
    pub centres: Tensor,
}

/// Fits the map (Lee et al. 2018): the first `dimensions` principal components of the cells, whitened within the kinds.
/// `x`: `[n, width]`, standardised; `kinds`: the kind of each cell, all of `0..count` present; `weights`: `[n]`, summing
/// to 1.
pub(crate) fn whiten(
    x: &Tensor,
    kinds: &[i64],
    count: usize,
    weights: &Tensor,
    dimensions: usize,
) -> Result<Whitening, Error> {
    let w = weights.f_unsqueeze(1)?;
    let covariance = |t: &Tensor| t.f_tr()?.f_matmul(&t.f_mul(&w)?);
    let (_, directions) = covariance(x)?.f_linalg_eigh("L")?;
    let (width, taken) = (x.size()[1], dimensions as i64);
    // Eigenvalues ascend.
    let first = directions.f_narrow(1, (width - taken).max(0), taken.min(width))?;
    let points = x.f_matmul(&first)?;
    let index = Tensor::f_from_slice(kinds)?;
    let shape = [count as i64, first.size()[1]];
    let options = (Kind::Float, x.device());
    let mass = Tensor::f_zeros([count as i64], options)?.f_index_add(0, &index, weights)?;
    let sums = Tensor::f_zeros(shape, options)?.f_index_add(0, &index, &points.f_mul(&w)?)?;
    let means = sums.f_div(&mass.f_unsqueeze(1)?.f_clamp_min(1e-12)?)?;
    let within = covariance(&points.f_sub(&means.f_index_select(0, &index)?)?)?;
    let size = within.size()[0];
    let typical = within.f_trace()?.f_double_value(&[])? / size as f64;
    let shrunk = within
        .f_mul_scalar(1.0 - SHRINKAGE)?
        .f_add(&Tensor::f_eye(size, options)?.f_mul_scalar(SHRINKAGE * typical)?)?;
    let (values, axes) = shrunk.f_linalg_eigh("L")?;
    let scaled = axes.f_div(&values.f_clamp_min(1e-9)?.f_sqrt()?)?;
    Ok(Whitening {
        map: Linear {
            weight: first.f_matmul(&scaled)?.f_tr()?.f_contiguous()?,
            bias: Tensor::f_zeros([size], options)?,
        },
        centres: means.f_matmul(&scaled)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_within_a_kind_are_those_of_chi_squared() {
        tch::manual_seed(9);
        let n = 6000i64;
        let options = (Kind::Float, tch::Device::Cpu);
        let kinds: Vec<i64> = (0..n).map(|i| i % 3).collect();
        let spread = Tensor::from_slice(&[3f32, 1.0, 0.5, 0.2]);
        let shift = Tensor::from_slice(&kinds).to_kind(Kind::Float).unsqueeze(1) * 4.0;
        let x = Tensor::randn([n, 4], options) * spread + shift;
        let weights = Tensor::full([n], 1.0 / n as f64, options);
        let found = whiten(
            &(&x - x.mean_dim(&[0i64][..], false, Kind::Float)),
            &kinds,
            3,
            &weights,
            4,
        )
        .unwrap();
        let points = found
            .map
            .apply(&(&x - x.mean_dim(&[0i64][..], false, Kind::Float)))
            .unwrap();
        let own = found.centres.index_select(0, &Tensor::from_slice(&kinds));
        let squared = (points - own)
            .square()
            .sum_dim_intlist(&[1i64][..], false, Kind::Float);
        let mean = squared.mean(Kind::Float).double_value(&[]);
        // Four dimensions, a little less for the shrinkage.
        assert!((2.5..=4.2).contains(&mean), "{mean}");
    }
}
