//! Changes of the levels of a batch of cells, pixel by pixel; what is black stays black.

use tch::{Kind, TchError, Tensor};

/// Brightness, contrast, stain and gain of a channel: `gain * (value / 255)^power`, where the power scales the
/// optical density -ln(value) (Ruifrok and Johnston 2001). Black stays black.
pub(crate) fn tint(x: &Tensor, tints: &Tensor) -> Result<Tensor, TchError> {
    let (gains, powers) = (tints.f_select(0, 0)?, tints.f_select(0, 1)?);
    let raised = x.f_div_scalar(255.0)?.f_pow(&powers)?;
    to_levels(raised.f_mul(&gains)?)
}

/// Adds levels to all channels of what is not black.
pub(crate) fn lighten(x: &Tensor, levels: &Tensor) -> Result<Tensor, TchError> {
    let cell = lit(x)?;
    x.f_add(levels)?.f_round()?.f_clamp_(0.0, 255.0)?.f_mul_(&cell)
}

/// Blackens a square of each cell; `squares` are left, top and side in pixels.
pub(crate) fn blacken(x: &Tensor, squares: &Tensor) -> Result<Tensor, TchError> {
    let size = x.size()[3];
    let at = Tensor::f_arange(size, (Kind::Float, x.device()))?;
    let side = squares.f_select(0, 2)?;
    let within = |from: &Tensor, shape: [i64; 4]| -> Result<Tensor, TchError> {
        let away = at.f_reshape(shape)?.f_sub(from)?;
        away.f_ge(0.0)?.f_logical_and(&away.f_lt_tensor(&side)?)
    };
    let across = within(&squares.f_select(0, 0)?, [1, 1, 1, size])?;
    let down = within(&squares.f_select(0, 1)?, [1, 1, size, 1])?;
    x.f_masked_fill(&across.f_logical_and(&down)?, 0.0)
}

const LOW: i64 = 0xffff_ffff;

/// Adds normal noise of this deviation, in 8-bit levels, to what is not black. A value depends on the two seeds
/// of its cell and on its place in it alone.
pub(crate) fn roughen(x: &Tensor, deviation: f32, seeds: &Tensor) -> Result<Tensor, TchError> {
    let size = x.size();
    let values = size[1] * size[2] * size[3];
    let place = Tensor::f_arange(values, (Kind::Int64, x.device()))?;
    let place = place.f_reshape([1, size[1], size[2], size[3]])?;
    let (a, b) = (seeds.f_select(0, 0)?, seeds.f_select(0, 1)?);
    let first = hash(&hash(&place.f_add(&a)?.f_bitwise_and_(LOW)?)?.f_bitwise_xor_tensor(&b)?)?;
    let second = hash(
        &first
            .f_add(&a)?
            .f_add_scalar(0x9e37_79b9_i64)?
            .f_bitwise_and_(LOW)?,
    )?;
    // Normal by Box and Muller (1958), of 24 bits each; the first is above 0.
    let unit = 1.0 / f64::from(1 << 24);
    let bits = |h: &Tensor| h.f_bitwise_right_shift_tensor_scalar(8)?.f_to_kind(Kind::Float);
    let mut radius = bits(&first)?.f_add_scalar(1.0)?.f_mul_scalar_(unit)?;
    let radius = radius.f_log_()?.f_mul_scalar_(-2.0)?.f_sqrt_()?;
    let angle = bits(&second)?
        .f_mul_scalar_(std::f64::consts::TAU * unit)?
        .f_cos_()?;
    let noise = radius.f_mul(&angle)?.f_mul_scalar_(f64::from(deviation))?;
    let cell = lit(x)?;
    x.f_add(&noise)?.f_round()?.f_clamp_(0.0, 255.0)?.f_mul_(&cell)
}

/// A permutation of 32-bit numbers, held in i64, in which every bit depends on every other: the finaliser of
/// MurmurHash3 (Appleby 2011). Products wrap in 64 bits; their low halves are what counts.
fn hash(x: &Tensor) -> Result<Tensor, TchError> {
    let mix = |x: Tensor, shift: i64, factor: i64| -> Result<Tensor, TchError> {
        let shifted = x.f_bitwise_right_shift_tensor_scalar(shift)?;
        let mut mixed = x.f_bitwise_xor_tensor(&shifted)?.f_mul_scalar(factor)?;
        mixed.f_bitwise_and_(LOW)
    };
    let x = mix(x.shallow_clone(), 16, 0x85eb_ca6b)?;
    let x = mix(x, 13, 0xc2b2_ae35)?;
    mix(x, 16, 1)
}

/// Back to whole 8-bit levels, as the host rounds after each change.
pub(crate) fn to_levels(mut x: Tensor) -> Result<Tensor, TchError> {
    x.f_add_scalar_(0.5)?.f_clamp_(0.0, 255.0)?.f_floor_()
}

/// 1 where any channel is above 0, `[n, 1, size, size]`.
pub(crate) fn lit(x: &Tensor) -> Result<Tensor, TchError> {
    x.f_amax(1, true)?.f_gt(0.0)?.f_to_kind(Kind::Float)
}
