//! The one place where a batch becomes tensors.

use super::batches::Batch;
use crate::Error;
use crate::libtorch_ffi::send;
use crate::network::input_tensor;
use crate::train::compute::Compute;
use tch::{Device, Tensor};

/// A batch as the network takes it.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// `n x 3 x size x size`, in 0..1.
    pub pictures: Tensor,
    /// `n`, the number of the label of each.
    pub labels: Tensor,
    /// What the pictures are blended with, where they are.
    pub blend: Option<Blend>,
}

/// The other half of blended pictures.
#[derive(Debug)]
pub(crate) struct Blend {
    /// `n`, the number of the label of each.
    pub labels: Tensor,
    /// Share of [`Inputs::labels`] in the loss, 0 to 1; the rest is of these.
    pub share: f64,
}

impl Inputs {
    /// Brings a batch to the device; `size` is the side of a picture.
    pub(crate) fn of(batch: &Batch, size: i64, device: Device) -> Result<Self, Error> {
        let count = batch.labels.len() as i64;
        Ok(Self {
            pictures: input_tensor(&batch.pixels, count, size, device)?,
            labels: send(&Tensor::f_from_slice(&batch.labels)?, device)?,
            blend: None,
        })
    }

    /// Pictures and their labels, on the device of the pictures.
    pub(crate) fn new(pictures: Tensor, labels: &[i64]) -> Result<Self, Error> {
        let labels = send(&Tensor::f_from_slice(labels)?, pictures.device())?;
        Ok(Self {
            pictures,
            labels,
            blend: None,
        })
    }

    /// The same with the pictures in memory as the network wants them.
    pub(crate) fn laid_out(self, compute: &Compute) -> Result<Self, Error> {
        Ok(Self {
            pictures: compute.laid_out(self.pictures)?,
            ..self
        })
    }
}
