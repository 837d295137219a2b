//! The batches of an epoch as the network takes them, wherever they are augmented, and how long they were
//! waited for.

mod batches;
mod inputs;
mod mixup;
mod sampling;

pub(crate) use batches::Order;
pub(crate) use inputs::Inputs;
pub(crate) use mixup::Mixup;
pub(crate) use sampling::{Sampler, Sampling};

use crate::Error;
use crate::data::DataSet;
use crate::libtorch_ffi::send;
use crate::train::augment::{Augmentation, DeviceCells, Draws, augment};
use crate::train::compute::Compute;
use batches::{Batch, batches_ahead};
use std::sync::mpsc::Receiver;
use std::thread::Scope;
use std::time::{Duration, Instant};
use tch::{Kind, Tensor};

/// Yields the batches of an epoch in order.
pub(crate) struct Feed<'a> {
    data: &'a DataSet,
    augmentation: &'a Augmentation,
    compute: Compute,
    source: Source<'a>,
    order: Order,
    /// Batches that were yielded, those done before counted.
    at: usize,
    waited: Duration,
}

/// Where the pixels of a batch come from.
enum Source<'a> {
    /// Augmented on other threads.
    Host(Receiver<Result<Batch, Error>>),
    /// Gathered on other threads, augmented on the device.
    Gathered(Receiver<Result<Batch, Error>>),
    /// On the device already, augmented there.
    Resident(&'a DeviceCells),
}

impl<'a> Feed<'a> {
    /// Begins an epoch. `resident` are the cells of the data that lie on the device, if they do.
    pub(crate) fn begin<'scope: 'a>(
        scope: &'scope Scope<'scope, '_>,
        data: &'scope DataSet,
        augmentation: &'scope Augmentation,
        resident: Option<&'a DeviceCells>,
        order: Order,
        compute: Compute,
    ) -> Self {
        let source = match (compute.augments, resident) {
            (true, Some(cells)) => Source::Resident(cells),
            (true, None) => Source::Gathered(batches_ahead(scope, data, None, order.clone())),
            (false, _) => Source::Host(batches_ahead(scope, data, Some(augmentation), order.clone())),
        };
        Self {
            data,
            augmentation,
            compute,
            source,
            at: order.done,
            order,
            waited: Duration::ZERO,
        }
    }

    /// Time for which the loop that takes the batches has waited for them.
    pub(crate) fn waited(&self) -> Duration {
        self.waited
    }

    fn next_inputs(&self, first: usize, cells: &[usize]) -> Result<Inputs, Error> {
        let (device, size) = (self.compute.device, self.data.spec().size);
        let side = i64::from(size);
        let received = |batches: &Receiver<Result<Batch, Error>>| match batches.recv() {
            Ok(batch) => batch,
            Err(_) => Err(Error::new(
                crate::ErrorKind::Data,
                "the threads that make batches have ended: give the same command again to go on",
            )),
        };
        let (bytes, labels) = match &self.source {
            Source::Host(batches) => {
                return Inputs::of(&received(batches)?, side, device)?.laid_out(&self.compute);
            }
            Source::Gathered(batches) => {
                let batch = received(batches)?;
                let shape = [batch.labels.len() as i64, 3, side, side];
                let bytes = Tensor::f_from_data_size(&batch.pixels, &shape, Kind::Uint8)?;
                (send(&bytes, device)?, batch.labels)
            }
            Source::Resident(resident) => {
                let bytes = resident.take(cells)?.ok_or_else(|| {
                    Error::new(crate::ErrorKind::Data, "a cell of the epoch is not on the device")
                })?;
                let labels = cells.iter().map(|c| self.data.cell(*c).label as i64);
                (bytes, labels.collect())
            }
        };
        let draws = Draws::of(
            self.augmentation,
            size as usize,
            cells,
            first,
            self.order.key,
            device,
        )?;
        let pictures = augment(&bytes, self.augmentation, &draws)?;
        let inputs = Inputs::new(pictures, &labels)?;
        inputs.laid_out(&self.compute)
    }
}

impl Iterator for Feed<'_> {
    type Item = Result<Inputs, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.at * self.order.batch;
        let rest = self.order.cells.get(first..).filter(|r| !r.is_empty())?;
        let cells = &rest[..rest.len().min(self.order.batch)];
        let began = Instant::now();
        let inputs = self.next_inputs(first, cells);
        self.at += 1;
        self.waited += began.elapsed();
        Some(inputs)
    }
}
