use super::Augmentation;
use crate::data::DataSet;
use blastscope_shared::random::SplitMix64;
use rayon::prelude::*;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

/// Batches that wait ready while the network computes.
const AHEAD: usize = 3;

/// Augmented cells, ready for the network.
pub(super) struct Batch {
    /// `n x 3 x size x size`.
    pub pixels: Vec<u8>,
    /// One a cell.
    pub labels: Vec<i64>,
}

/// Makes the batches of one epoch on other threads, in order, but for the first `done`. Ends when the
/// receiver is dropped.
pub(super) fn batches_ahead<'scope>(
    scope: &'scope Scope<'scope, '_>,
    data: &'scope DataSet,
    augmentation: &'scope Augmentation,
    order: Vec<usize>,
    batch: usize,
    done: usize,
    key: [u64; 2],
) -> Receiver<Batch> {
    let (sender, receiver) = sync_channel(AHEAD);
    scope.spawn(move || {
        for (b, cells) in order.chunks(batch).enumerate().skip(done) {
            let made = make(data, augmentation, cells, b * batch, key);
            if sender.send(made).is_err() {
                break;
            }
        }
    });
    receiver
}

/// `first` is the place of the batch in the epoch: a cell that comes twice is changed in two ways.
fn make(data: &DataSet, augmentation: &Augmentation, cells: &[usize], first: usize, key: [u64; 2]) -> Batch {
    let size = data.spec().size as usize;
    let mut pixels = vec![0u8; cells.len() * 3 * size * size];
    pixels
        .par_chunks_exact_mut(3 * size * size)
        .zip(cells)
        .enumerate()
        .for_each(|(i, (out, &cell))| {
            let mut random = SplitMix64::keyed(&[key[0], key[1], (first + i) as u64, cell as u64]);
            augmentation.apply(data.planes(cell), size, &mut random, out);
        });
    Batch {
        pixels,
        labels: cells.iter().map(|c| data.cell(*c).label as i64).collect(),
    }
}
