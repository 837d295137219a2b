use crate::Error;
use tch::{Device, Kind, Tensor};

/// Batches between two looks at the losses on a GPU: reading one stalls it.
const BETWEEN_LOOKS: usize = 50;

/// The loss of each batch of an epoch, in order.
#[derive(Debug)]
pub(super) struct Losses {
    read: Vec<f32>,
    /// Still on the device.
    pending: Vec<Tensor>,
    between_looks: usize,
}

impl Losses {
    /// Goes on after those of the batches that were done.
    pub fn after(done: Vec<f32>, device: Device) -> Self {
        Self {
            read: done,
            pending: vec![],
            between_looks: if device.is_cuda() { BETWEEN_LOOKS } else { 1 },
        }
    }

    /// Takes in the loss of a batch, and looks at those not yet looked at when there are enough of them:
    /// on a CPU each. Says which batch, counted from 0, is the first whose loss is no number.
    pub fn add(&mut self, loss: &Tensor) -> Result<Option<usize>, Error> {
        self.pending.push(loss.f_detach()?.f_reshape([1])?);
        if self.pending.len() < self.between_looks {
            return Ok(None);
        }
        self.look()
    }

    /// Looks at all; says the same as [`Losses::add`].
    pub fn look(&mut self) -> Result<Option<usize>, Error> {
        if self.pending.is_empty() {
            return Ok(None);
        }
        let from = self.read.len();
        let all = Tensor::f_cat(&self.pending, 0)?.f_to_kind(Kind::Float)?;
        self.read.extend(Vec::<f32>::try_from(&all)?);
        self.pending.clear();
        let bad = self.read[from..].iter().position(|l| !l.is_finite());
        Ok(bad.map(|i| from + i))
    }

    /// Those looked at.
    pub fn read(&self) -> &[f32] {
        &self.read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_loss_that_is_no_number_is_named_on_a_gpu_a_little_later() {
        let losses = [1.0, 2.0, f32::NAN, f32::INFINITY].map(|l| Tensor::from_slice(&[l]));
        let mut at_once = Losses::after(vec![0.5], Device::Cpu);
        let said: Vec<_> = losses[..3].iter().map(|l| at_once.add(l).unwrap()).collect();
        assert_eq!(said, [None, None, Some(3)]);
        assert_eq!(at_once.read()[..3], [0.5, 1.0, 2.0]);
        let mut later = Losses::after(vec![], Device::Cuda(0));
        assert!(losses.iter().all(|l| later.add(l).unwrap().is_none()));
        assert_eq!(later.look().unwrap(), Some(2));
        assert_eq!(later.look().unwrap(), None);
    }
}
