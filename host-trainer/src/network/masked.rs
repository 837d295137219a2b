//! What a head computes over the cell, in libtorch; see the operations in `blastscope_network::Op`.

use blastscope_network::MASK_EPS;
use tch::{Kind, TchError, Tensor};

const PIXELS: [i64; 2] = [2, 3];

/// `[n, 1, h, w]`: 1 where any colour of the pictures is above 0.
pub(super) fn cell(pictures: &Tensor) -> Result<Tensor, TchError> {
    pictures.f_amax([1i64], true)?.f_gt(0.0)?.f_to_kind(Kind::Float)
}

/// `[n, 1]`: the logarithm of the share of pixels that each mask holds.
pub(super) fn log_area(mask: &Tensor) -> Result<Tensor, TchError> {
    let share = mask.f_mean_dim(&PIXELS[..], false, Kind::Float)?;
    share.f_add_scalar(MASK_EPS)?.f_log()
}

/// `[n, 2 c]`: the mean of each channel over the mask, then the deviations. About the mean, not as E[x²] - mean²,
/// which rounds to noise where a channel hardly varies.
pub(super) fn statistics(map: &Tensor, mask: &Tensor, eps: f64) -> Result<Tensor, TchError> {
    let map = map.f_to_kind(Kind::Float)?;
    let (whole, part) = (mask.size(), map.size());
    let factor = [whole[2] / part[2], whole[3] / part[3]];
    let mask = mask.f_avg_pool2d(factor, factor, [0, 0], false, false, None)?;
    let sum = mask.f_sum_dim_intlist(&PIXELS[..], true, Kind::Float)?;
    let weights = mask.f_div(&sum.f_add_scalar(MASK_EPS)?)?;
    let over = |x: Tensor, keep: bool| {
        x.f_mul(&weights)?
            .f_sum_dim_intlist(&PIXELS[..], keep, Kind::Float)
    };
    let mean = over(map.shallow_clone(), true)?;
    let variance = over(map.f_sub(&mean)?.f_square()?, false)?;
    let deviation = variance.f_add_scalar(eps)?.f_sqrt()?;
    Tensor::f_cat(&[mean.f_flatten(1, -1)?, deviation], 1)
}
