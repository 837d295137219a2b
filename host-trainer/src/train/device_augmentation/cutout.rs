use tch::{Kind, TchError, Tensor};

/// Blackens a square of each cell; `squares` are left, top and side in pixels.
pub(super) fn blacken(x: &Tensor, squares: &Tensor) -> Result<Tensor, TchError> {
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
