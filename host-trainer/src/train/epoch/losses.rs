use crate::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, Instant};
use tch::{Device, Kind, Tensor};

/// Batches between two reads of the losses on a GPU: reading one stalls it.
const BETWEEN_READS: usize = 50;

/// The loss of each batch of an epoch, in order.
#[derive(Debug)]
pub(crate) struct Losses {
    read: Vec<f32>,
    /// Still on the device.
    pending: Vec<Tensor>,
    between_reads: usize,
}

impl Losses {
    /// Goes on after those of the batches that were done.
    pub(crate) fn after(done: Vec<f32>, device: Device) -> Self {
        Self {
            read: done,
            pending: vec![],
            between_reads: if device.is_cuda() { BETWEEN_READS } else { 1 },
        }
    }

    /// Takes in the loss of a batch, and reads those not yet read when there are enough of them: on a CPU
    /// each. Gives the first batch, counted from 0, whose loss is not a finite number.
    pub(crate) fn add(&mut self, loss: &Tensor) -> Result<Option<usize>, Error> {
        self.pending.push(loss.f_detach()?.f_reshape([1])?);
        if self.pending.len() < self.between_reads {
            return Ok(None);
        }
        self.synchronise()
    }

    /// Waits for the device and reads all; gives the same as [`Losses::add`].
    pub(crate) fn synchronise(&mut self) -> Result<Option<usize>, Error> {
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

    /// Those read so far.
    pub(crate) fn read(&self) -> &[f32] {
        &self.read
    }
}

/// What the steps of one epoch came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EpochSummary {
    /// Mean loss.
    pub loss: f64,
    /// Mean loss of the first quarter of the batches, one at least.
    pub at_start: f64,
    /// Mean loss of the last quarter of the batches, one at least.
    pub at_end: f64,
    /// Rate of the last step.
    pub rate: f64,
    /// How fast it went.
    pub throughput: Throughput,
}

impl EpochSummary {
    /// Of the loss of each batch.
    pub(crate) fn of(losses: &[f32], rate: f64, throughput: Throughput) -> Self {
        let mean = |part: &[f32]| part.iter().map(|l| f64::from(*l)).sum::<f64>() / part.len().max(1) as f64;
        let quarter = (losses.len() / 4).max(1).min(losses.len());
        Self {
            loss: mean(losses),
            at_start: mean(&losses[..quarter]),
            at_end: mean(&losses[losses.len() - quarter..]),
            rate,
            throughput,
        }
    }
}

/// How fast the cells of an epoch went through the network, validation left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Throughput {
    /// Pictures a second: forward, backward and step.
    pub images_per_second: f64,
    /// Share of the time spent waiting for the next batch, 0 to 1.
    pub waiting_share: f64,
    /// Memory of tensors on the GPU at most, bytes; none on the CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_memory: Option<u64>,
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} images/s, {:.1} % waiting for data",
            self.images_per_second,
            100.0 * self.waiting_share
        )?;
        if let Some(bytes) = self.device_memory {
            write!(f, ", {:.2} GiB on the GPU", bytes as f64 / f64::from(1 << 30))?;
        }
        Ok(())
    }
}

/// Takes the time of an epoch, over interruptions.
#[derive(Debug)]
pub(crate) struct Meter {
    began: Instant,
    /// Of the part before the interruption.
    before: Duration,
    waited: Duration,
}

impl Meter {
    /// Goes on after a part that took so many seconds, so many of them waiting.
    pub(crate) fn after(seconds: f64, waited: f64) -> Self {
        let duration = |s| Duration::try_from_secs_f64(s).unwrap_or_default();
        Self {
            began: Instant::now(),
            before: duration(seconds),
            waited: duration(waited),
        }
    }

    /// Counts what `wait` takes as waiting.
    pub(crate) fn wait<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let value = wait();
        self.waited += began.elapsed();
        value
    }

    /// Seconds so far.
    pub(crate) fn seconds(&self) -> f64 {
        (self.before + self.began.elapsed()).as_secs_f64()
    }

    /// Seconds of them spent waiting.
    pub(crate) fn waited(&self) -> f64 {
        self.waited.as_secs_f64()
    }

    /// The throughput of so many pictures.
    pub(crate) fn throughput(&self, pictures: usize) -> Throughput {
        let seconds = self.seconds().max(1e-9);
        Throughput {
            images_per_second: pictures as f64 / seconds,
            waiting_share: (self.waited() / seconds).min(1.0),
            device_memory: None,
        }
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
        assert_eq!(later.synchronise().unwrap(), Some(2));
        assert_eq!(later.synchronise().unwrap(), None);
    }

    #[test]
    fn time_before_an_interruption_counts_and_the_line_says_what_was_waited() {
        let mut meter = Meter::after(1000.0, 250.0);
        assert_eq!(meter.wait(|| 7), 7);
        let throughput = meter.throughput(2000);
        assert!(
            (1.5..=2.0).contains(&throughput.images_per_second),
            "{throughput:?}"
        );
        assert!((0.2..0.3).contains(&throughput.waiting_share), "{throughput:?}");
        let said = Throughput {
            images_per_second: 812.4,
            waiting_share: 0.034,
            device_memory: Some(3 << 29),
        };
        assert_eq!(
            said.to_string(),
            "812 images/s, 3.4 % waiting for data, 1.50 GiB on the GPU"
        );
    }
}
