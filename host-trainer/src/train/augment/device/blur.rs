use super::pixels::lit;
use crate::Error;
use crate::libtorch_ffi::send;
use tch::{Kind, TchError, Tensor};

/// Blurs below this deviation change nothing.
const LEAST: f32 = 0.05;

/// Gaussian blur of some cells of a batch, each by its own deviation, that takes nothing from outside the cell
/// and leaves the outside black. Sums go tap by tap, so that a cell does not depend on the others.
pub(crate) fn blur_inside(mut x: Tensor, blurred: &[(i64, f32)]) -> Result<Tensor, Error> {
    let blurred: Vec<(i64, f32)> = blurred.iter().copied().filter(|(_, s)| *s >= LEAST).collect();
    if blurred.is_empty() {
        return Ok(x);
    }
    let device = x.device();
    let places: Vec<i64> = blurred.iter().map(|(place, _)| *place).collect();
    let places = send(&Tensor::f_from_slice(&places)?, device)?;
    let radius = blurred.iter().map(|(_, s)| radius_of(*s)).max().unwrap_or(0);
    let kernels: Vec<f32> = blurred.iter().flat_map(|(_, s)| kernel(*s, radius)).collect();
    let taps = 2 * radius as i64 + 1;
    let kernels = Tensor::f_from_slice(&kernels)?.f_reshape([-1, taps, 1, 1, 1])?;
    let kernels = send(&kernels, device)?;
    let cells = x.f_index_select(0, &places)?;
    let mask = lit(&cells)?;
    let all = Tensor::f_cat(&[&cells, &mask], 1)?;
    let smoothed = smooth(&smooth(&all, &kernels, 3)?, &kernels, 2)?;
    let (sums, weights) = (smoothed.f_narrow(1, 0, 3)?, smoothed.f_narrow(1, 3, 1)?);
    let levels = sums.f_div(&weights)?.f_add_scalar_(0.5)?;
    let levels = levels.f_clamp(0.0, 255.0)?.f_floor_()?;
    // Far from the cell the weight is 0; what is divided by it is not taken.
    let inside = levels.f_where_self(&mask.f_to_kind(Kind::Bool)?, &cells)?;
    Ok(x.f_index_copy_(0, &places, &inside)?)
}

fn radius_of(sigma: f32) -> usize {
    (3.0 * sigma).ceil() as usize
}

/// `2 * radius + 1` taps; 0 beyond the cell's own radius, as on the host.
fn kernel(sigma: f32, radius: usize) -> impl Iterator<Item = f32> {
    let own = radius_of(sigma);
    (0..=2 * radius).map(move |i| {
        let away = i.abs_diff(radius);
        if away > own {
            return 0.0;
        }
        (-(away as f32 / sigma).powi(2) / 2.0).exp()
    })
}

/// Weighted sum along one dimension, 0 outside.
fn smooth(x: &Tensor, kernels: &Tensor, along: i64) -> Result<Tensor, TchError> {
    let (taps, size) = (kernels.size()[1], x.size()[along as usize]);
    let radius = taps / 2;
    let pad = match along {
        3 => [radius, radius, 0, 0],
        _ => [0, 0, radius, radius],
    };
    let padded = x.f_constant_pad_nd(pad)?;
    let mut sum = x.f_zeros_like()?;
    for tap in 0..taps {
        let weight = kernels.f_select(1, tap)?;
        sum = sum.f_addcmul_(&padded.f_narrow(along, tap, size)?, &weight)?;
    }
    Ok(sum)
}
