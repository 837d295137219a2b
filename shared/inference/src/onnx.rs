//! Any ONNX file in tract: one thread, batch 1.

use crate::{Error, ErrorKind, Result};
use blastscope_shared::preprocess::CellCrop;
use tract_onnx::prelude::*;

/// An ONNX network, loaded and optimised: `1 x 3 x size x size` values in 0..=1 in.
#[derive(Debug, Clone)]
pub struct OnnxNetwork {
    plan: Arc<TypedRunnableModel>,
}

impl OnnxNetwork {
    /// Loads the bytes of an ONNX file. Refuses what tract does not take.
    pub fn load(mut onnx: &[u8]) -> Result<Self> {
        let plan = tract_onnx::onnx()
            .model_for_read(&mut onnx)
            .and_then(InferenceModelExt::into_optimized)
            .and_then(IntoRunnable::into_runnable);
        plan.map(Self::from).map_err(refused)
    }

    /// A way to run it on one thread.
    pub(crate) fn spawn(&self) -> TractResult<TypedSimpleState> {
        self.plan.spawn()
    }

    /// Logits of one cell.
    pub fn logits(&self, cell: &CellCrop) -> Result<Vec<f32>> {
        Ok(self.first_output(cell)?.1)
    }

    /// Logits of each cell.
    pub fn all_logits(&self, cells: &[CellCrop]) -> Result<Vec<Vec<f32>>> {
        cells.iter().map(|c| self.logits(c)).collect()
    }

    /// Shape and values of the network's first output.
    pub fn first_output(&self, cell: &CellCrop) -> Result<(Vec<usize>, Vec<f32>)> {
        let outputs = input(cell)
            .and_then(|i| self.plan.run(tvec!(i)))
            .map_err(refused)?;
        let first = outputs
            .first()
            .ok_or_else(|| Error::new(ErrorKind::Network, "the network gives no output: export it again"))?;
        let real = first.cast_to::<f32>().map_err(refused)?;
        let view = real.to_plain_array_view::<f32>().map_err(refused)?;
        Ok((view.shape().to_vec(), view.iter().copied().collect()))
    }
}

impl From<Arc<TypedRunnableModel>> for OnnxNetwork {
    fn from(plan: Arc<TypedRunnableModel>) -> Self {
        Self { plan }
    }
}

/// A cell as the one input of a network.
pub(crate) fn input(cell: &CellCrop) -> TractResult<TValue> {
    let size = cell.size() as usize;
    Ok(Tensor::from_shape(&[1, 3, size, size], &cell.input())?.into_tvalue())
}

fn refused(error: TractError) -> Error {
    Error::new(
        ErrorKind::Network,
        format!("tract refuses the network: {error:#}"),
    )
    .with_source(error)
}
