//! Runs an exported network as the device does: tract, one thread, batch 1.

use crate::network::{Error, ErrorKind};
use blastscope_shared::preprocess::CellCrop;
use std::sync::Arc;
use tract_onnx::prelude::*;

/// An ONNX network, loaded and optimised.
#[derive(Debug)]
pub(crate) struct TractRunner {
    plan: Arc<TypedRunnableModel>,
}

impl TractRunner {
    /// Loads the bytes of an ONNX file.
    pub(crate) fn load(onnx: &[u8]) -> Result<Self, Error> {
        let plan = tract_onnx::onnx()
            .model_for_read(&mut &onnx[..])
            .and_then(|m| m.into_optimized())
            .and_then(|m| m.into_runnable());
        plan.map(|plan| Self { plan }).map_err(|e| refused(&e))
    }

    /// Logits of one cell.
    pub(crate) fn logits(&self, cell: &CellCrop) -> Result<Vec<f32>, Error> {
        Ok(self.first_output(cell)?.1)
    }

    /// Logits of each cell.
    pub(crate) fn all_logits(&self, cells: &[CellCrop]) -> Result<Vec<Vec<f32>>, Error> {
        cells.iter().map(|c| self.logits(c)).collect()
    }

    /// Shape and values of the network's first output.
    pub(super) fn first_output(&self, cell: &CellCrop) -> Result<(Vec<usize>, Vec<f32>), Error> {
        let size = cell.size() as usize;
        let input = Tensor::from_shape(&[1, 3, size, size], &cell.input()).map_err(|e| refused(&e))?;
        let outputs = self.plan.run(tvec!(input.into())).map_err(|e| refused(&e))?;
        let first = outputs
            .first()
            .ok_or_else(|| Error::new(ErrorKind::Inference, "tract gives no output"))?;
        let real = first.cast_to::<f32>().map_err(|e| refused(&e))?;
        let view = real.to_plain_array_view::<f32>().map_err(|e| refused(&e))?;
        Ok((view.shape().to_vec(), view.iter().copied().collect()))
    }
}

fn refused(error: &TractError) -> Error {
    Error::new(
        ErrorKind::Inference,
        format!("tract refuses the network: {error:#}"),
    )
}
