use super::{lit, to_levels};
use tch::{TchError, Tensor};

/// Brightness, contrast, stain and gain of a channel: `gain * (value / 255)^power`, where the power scales the
/// optical density -ln(value) (Ruifrok and Johnston 2001). Black stays black.
pub(super) fn tint(x: &Tensor, tints: &Tensor) -> Result<Tensor, TchError> {
    let (gains, powers) = (tints.f_select(0, 0)?, tints.f_select(0, 1)?);
    let raised = x.f_div_scalar(255.0)?.f_pow(&powers)?;
    to_levels(raised.f_mul(&gains)?)
}

/// Adds levels to all channels of what is not black.
pub(super) fn lighten(x: &Tensor, levels: &Tensor) -> Result<Tensor, TchError> {
    let cell = lit(x)?;
    x.f_add(levels)?.f_round()?.f_clamp_(0.0, 255.0)?.f_mul_(&cell)
}
