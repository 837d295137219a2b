//! What goes into a network, and what comes out of it, as tensors.

use crate::Error;
use crate::libtorch_ffi::send;
use tch::{Device, Kind, TchError, Tensor};

/// `n x 3 x size x size` bytes as network input: value / 255, the same as `CellCrop::input`.
pub(crate) fn input_tensor(pixels: &[u8], count: i64, size: i64, device: Device) -> Result<Tensor, Error> {
    let bytes = Tensor::f_from_data_size(pixels, &[count, 3, size, size], Kind::Uint8)?;
    Ok(send(&bytes, device)?
        .f_to_kind(Kind::Float)?
        .f_div_scalar_(255.0)?)
}

/// One logit a label: what a network with a single output gives stands for the first of two labels, and
/// the second has 0, so that the softmax of both is the sigmoid of the one.
pub(crate) fn label_logits(logits: &Tensor) -> Result<Tensor, TchError> {
    if logits.size().get(1) == Some(&1) {
        return Tensor::f_cat(&[logits, &logits.f_zeros_like()?], 1);
    }
    Ok(logits.shallow_clone())
}
