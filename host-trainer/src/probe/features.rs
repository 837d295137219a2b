use crate::data::DataSet;
use crate::network::Network;
use crate::progress_bar::ProgressBar;
use crate::train::augment::{Augmentation, Draws, augment};
use crate::{Error, ErrorKind, durable_file};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::path::Path;
use tch::{Device, Kind, Tensor};

/// Cells that go through the network at once.
const BATCH: usize = 32;

/// What of which cells is computed.
pub(crate) struct FeatureRequest<'a> {
    /// The network up to what its last layer takes; gives a vector a cell.
    pub network: &'a Network,
    /// The cells.
    pub data: &'a DataSet,
    /// What is done to a cell before each use; the first use is of the cell as it is.
    pub augmentation: &'a Augmentation,
    /// Uses of each cell, 1 or more.
    pub copies: usize,
    /// Seed of the changes.
    pub seed: u64,
}

/// A vector for every use of every cell.
#[derive(Debug)]
pub(crate) struct Features {
    /// `[copies, cells, width]`, f32 on the CPU.
    values: Tensor,
}

impl Features {
    /// Computes all, or reads what an earlier call with the same `key` wrote to `cache`.
    pub(crate) fn of(request: &FeatureRequest<'_>, cache: &Path, key: &str) -> Result<Self, Error> {
        if let Some(known) = read(cache, key) {
            return Ok(known);
        }
        let (count, copies) = (request.data.len(), request.copies);
        let bar = ProgressBar::start("computing features", count * copies);
        let mut parts = Vec::new();
        for copy in 0..copies {
            for first in (0..count).step_by(BATCH) {
                let cells: Vec<usize> = (first..count.min(first + BATCH)).collect();
                let pictures = pictures(request, copy, first, &cells)?;
                let part = tch::no_grad(|| request.network.forward(&pictures, false))?;
                parts.push(part.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?);
                cells.iter().for_each(|_| bar.step());
            }
        }
        bar.end(&format!("computed {copies} x {count} features"));
        let all = Tensor::f_cat(&parts, 0)?;
        let width = all.size().get(1).copied().unwrap_or(0);
        let values = all.f_reshape([copies as i64, count as i64, width])?;
        let features = Self { values };
        features.write(cache, key)?;
        Ok(features)
    }

    /// Numbers of a vector.
    pub(crate) fn width(&self) -> usize {
        self.values.size()[2] as usize
    }

    /// Vectors of one use of these cells, `[cells, width]`.
    pub(crate) fn take(&self, copy: usize, cells: &[usize]) -> Result<Tensor, Error> {
        let index: Vec<i64> = cells.iter().map(|c| *c as i64).collect();
        let of_copy = self.values.f_select(0, copy as i64)?;
        Ok(of_copy.f_index_select(0, &Tensor::f_from_slice(&index)?)?)
    }

    /// Vectors of all uses of these cells, `[copies * cells, width]`, one use after the other.
    pub(crate) fn take_all(&self, cells: &[usize]) -> Result<Tensor, Error> {
        let copies = 0..self.values.size()[0] as usize;
        let parts = copies
            .map(|c| self.take(c, cells))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Tensor::f_cat(&parts, 0)?)
    }

    /// Uses of each cell.
    pub(crate) fn copies(&self) -> usize {
        self.values.size()[0] as usize
    }

    fn write(&self, path: &Path, key: &str) -> Result<(), Error> {
        let flat = self.values.f_reshape([-1])?;
        let mut numbers = vec![0f32; flat.numel()];
        flat.f_copy_data(&mut numbers, flat.numel())?;
        let bytes: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
        let shape: Vec<usize> = self.values.size().iter().map(|s| *s as usize).collect();
        let refuse = |e: safetensors::SafeTensorError| {
            Error::with_source(
                ErrorKind::Run,
                format!("{}: cannot write features", path.display()),
                e,
            )
        };
        let view = TensorView::new(Dtype::F32, shape, &bytes).map_err(refuse)?;
        let key = [("key".to_owned(), key.to_owned())].into();
        let file = serialize([("features", view)], Some(key)).map_err(refuse)?;
        durable_file::write(path, &file)
    }
}

fn pictures(
    request: &FeatureRequest<'_>,
    copy: usize,
    first: usize,
    cells: &[usize],
) -> Result<Tensor, Error> {
    let size = request.data.spec().size;
    let mut bytes = Vec::new();
    for cell in cells {
        bytes.extend_from_slice(&request.data.planes(*cell)?);
    }
    let side = i64::from(size);
    let shape = [cells.len() as i64, 3, side, side];
    let crops = Tensor::f_from_data_size(&bytes, &shape, Kind::Uint8)?;
    if copy == 0 {
        return Ok(crops.f_to_kind(Kind::Float)?.f_div_scalar_(255.0)?);
    }
    let key = [request.seed, copy as u64];
    let draws = Draws::of(
        request.augmentation,
        size as usize,
        cells,
        first,
        key,
        Device::Cpu,
    )?;
    augment(&crops, request.augmentation, &draws)
}

/// What a call with the same key wrote; nothing where it is absent, of another key or damaged.
fn read(path: &Path, key: &str) -> Option<Features> {
    let bytes = std::fs::read(path).ok()?;
    let (_, head) = SafeTensors::read_metadata(&bytes).ok()?;
    if head.metadata().as_ref()?.get("key")? != key {
        return None;
    }
    let tensors = SafeTensors::deserialize(&bytes).ok()?;
    let view = tensors.tensor("features").ok()?;
    let shape: Vec<i64> = view.shape().iter().map(|s| *s as i64).collect();
    (shape.len() == 3 && view.dtype() == Dtype::F32).then_some(())?;
    let values = Tensor::f_from_data_size(view.data(), &shape, Kind::Float).ok()?;
    Some(Features { values })
}
