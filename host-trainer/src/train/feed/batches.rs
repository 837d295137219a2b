use crate::Error;
use crate::data::DataSet;
use crate::train::augment::Augmentation;
use blastscope_shared::random::SplitMix64;
use rayon::prelude::*;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

/// Batches that wait ready while the network computes.
const AHEAD: usize = 3;

/// Cells, ready for the network or for the device that changes them.
pub(crate) struct Batch {
    /// `n x 3 x size x size`.
    pub pixels: Vec<u8>,
    /// One a cell.
    pub labels: Vec<i64>,
}

/// Which cells go into the batches of an epoch.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// All cells of the epoch.
    pub cells: Vec<usize>,
    /// Cells a batch.
    pub batch: usize,
    /// Batches that were done before.
    pub done: usize,
    /// Seed and epoch.
    pub key: [u64; 2],
}

impl Order {
    /// Cells of each batch that is to be done, and the place of the first in the epoch.
    pub(crate) fn batches(&self) -> impl Iterator<Item = (usize, &[usize])> {
        let batches = self.cells.chunks(self.batch).enumerate().skip(self.done);
        batches.map(|(b, cells)| (b * self.batch, cells))
    }
}

/// Makes the batches of one epoch on other threads, in order, but for those that are done. Without an
/// augmentation the cells are as they are. Ends when the receiver is dropped.
pub(crate) fn batches_ahead<'scope>(
    scope: &'scope Scope<'scope, '_>,
    data: &'scope DataSet,
    augmentation: Option<&'scope Augmentation>,
    order: Order,
) -> Receiver<Result<Batch, Error>> {
    let (sender, receiver) = sync_channel(AHEAD);
    scope.spawn(move || {
        for (first, cells) in order.batches() {
            let made = make(data, augmentation, cells, first, order.key);
            if sender.send(made).is_err() {
                break;
            }
        }
    });
    receiver
}

/// `first` is the place of the batch in the epoch: a cell that comes twice is changed in two ways.
fn make(
    data: &DataSet,
    augmentation: Option<&Augmentation>,
    cells: &[usize],
    first: usize,
    key: [u64; 2],
) -> Result<Batch, Error> {
    let size = data.spec().size as usize;
    let mut pixels = vec![0u8; cells.len() * 3 * size * size];
    pixels
        .par_chunks_exact_mut(3 * size * size)
        .zip(cells)
        .enumerate()
        .try_for_each(|(i, (out, &cell))| {
            let planes = data.planes(cell)?;
            match augmentation {
                None => out.copy_from_slice(&planes),
                Some(augmentation) => {
                    let mut random = SplitMix64::keyed(&[key[0], key[1], (first + i) as u64, cell as u64]);
                    augmentation.apply(&planes, size, &mut random, out);
                }
            }
            Ok::<(), Error>(())
        })?;
    Ok(Batch {
        pixels,
        labels: cells.iter().map(|c| data.cell(*c).label as i64).collect(),
    })
}
