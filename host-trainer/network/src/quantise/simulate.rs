//! The integer network, computed exactly as the runtimes compute it.

use super::arithmetic::Arithmetic;
use super::network::{Layer, QuantizedNetwork};
use crate::{Error, ErrorKind};
use blastscope_shared::preprocess::CellCrop;

/// Cells computed at once.
const BATCH: usize = 32;

/// What the integer network gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Sizes of the last integer values: cells, channels, height, width.
    pub shape: Vec<usize>,
    /// The last integer values, row-major.
    pub last: Vec<i8>,
    /// Logits, one row a cell.
    pub logits: Vec<Vec<f32>>,
}

impl QuantizedNetwork {
    /// Runs the network on cells, some at a time.
    pub fn simulate<A: Arithmetic>(&self, cells: &[CellCrop], arithmetic: &A) -> Result<Simulated, Error> {
        let (mut shape, mut last, mut logits) = (vec![], vec![], vec![]);
        for batch in cells.chunks(BATCH) {
            let mut q = arithmetic.pixels(batch, self.input)?;
            for layer in &self.layers {
                q = match layer {
                    Layer::Conv(conv) => arithmetic.requantise(conv, &arithmetic.accumulate(conv, &q)?)?,
                    Layer::MaxPool { pool, .. } => arithmetic.max_pool(&q, pool)?,
                };
            }
            logits.extend(arithmetic.rows(&self.head(&q, arithmetic)?)?);
            shape = arithmetic.shape(&q);
            last.extend(arithmetic.integers(&q)?);
        }
        match shape.first_mut() {
            Some(count) => *count = cells.len(),
            None => return Err(Error::new(ErrorKind::Cells, "no cells to run the network on")),
        }
        Ok(Simulated { shape, last, logits })
    }

    /// Logits `[n, labels]` of the last integer values.
    pub(super) fn head<A: Arithmetic>(&self, last: &A::Maps, arithmetic: &A) -> Result<A::Maps, Error> {
        self.head_of_real(&arithmetic.real(last, self.last)?, arithmetic)
    }

    /// Logits `[n, labels]` of last values that are real numbers already.
    pub(super) fn head_of_real<A: Arithmetic>(
        &self,
        last: &A::Maps,
        arithmetic: &A,
    ) -> Result<A::Maps, Error> {
        arithmetic.head(last, &self.head_weight, &self.head_bias)
    }
}
