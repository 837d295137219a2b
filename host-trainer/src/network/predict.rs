use super::Network;
use super::tensors::{input_tensor, label_logits};
use crate::Error;
use crate::data::DataSet;

/// Cells that go through the network at once.
const BATCH: usize = 128;

/// Logits of cells as they are, one row a cell and one logit a label, in order.
pub(crate) fn predict(network: &Network, data: &DataSet, cells: &[usize]) -> Result<Vec<Vec<f32>>, Error> {
    let mut rows = Vec::with_capacity(cells.len());
    let size = i64::from(data.spec().size);
    for chunk in cells.chunks(BATCH) {
        let mut pixels = Vec::new();
        for cell in chunk {
            pixels.extend_from_slice(&data.planes(*cell)?);
        }
        let pictures = input_tensor(&pixels, chunk.len() as i64, size, network.device())?;
        let logits = label_logits(&tch::no_grad(|| network.forward(&pictures, false))?)?;
        rows.extend(Vec::<Vec<f32>>::try_from(&logits.f_to_device(tch::Device::Cpu)?)?);
    }
    Ok(rows)
}
