//! The one place where a batch becomes tensors.

use super::batches::Batch;
use crate::Error;
use tch::{Device, Kind, Tensor};

/// A batch as the network takes it.
#[derive(Debug)]
pub(super) struct Inputs {
    /// `n x 3 x size x size`, in 0..1.
    pub pictures: Tensor,
    /// `n`, the number of the label of each.
    pub labels: Tensor,
    /// What the pictures are blended with, where they are.
    pub blend: Option<Blend>,
}

/// The other half of blended pictures.
#[derive(Debug)]
pub(super) struct Blend {
    /// `n`, the number of the label of each.
    pub labels: Tensor,
    /// Share of [`Inputs::labels`] in the loss, 0 to 1; the rest is of these.
    pub share: f64,
}

impl Inputs {
    /// Brings a batch to the device; `size` is the side of a picture.
    pub fn of(batch: &Batch, size: i64, device: Device) -> Result<Self, Error> {
        let count = batch.labels.len() as i64;
        Ok(Self {
            pictures: input_tensor(&batch.pixels, count, size, device)?,
            labels: Tensor::f_from_slice(&batch.labels)?.f_to_device(device)?,
            blend: None,
        })
    }
}

/// `n x 3 x size x size` bytes as network input: value / 255, the same as `CellCrop::input`.
pub(crate) fn input_tensor(pixels: &[u8], count: i64, size: i64, device: Device) -> Result<Tensor, Error> {
    let bytes = Tensor::f_from_data_size(pixels, &[count, 3, size, size], Kind::Uint8)?;
    Ok(bytes
        .f_to_device(device)?
        .f_to_kind(Kind::Float)?
        .f_div_scalar_(255.0)?)
}
