use super::spoilt::Spoilt;
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

/// Every how manieth cell is spoilt in one way.
const SPOILT_EVERY: usize = 4 * Spoilt::ALL.len();

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
    /// Whether cells are spoilt as well.
    pub spoilt: bool,
    /// Seed of the changes.
    pub seed: u64,
}

/// A vector for every use of every cell.
#[derive(Debug)]
pub(crate) struct Features {
    /// Of each use, `[cells, width]`, f32 on the CPU.
    uses: Vec<Tensor>,
    /// Vectors of cells that were spoilt.
    spoilt: Vec<SpoiltFeatures>,
}

/// Vectors of what cells were made into.
#[derive(Debug)]
pub(crate) struct SpoiltFeatures {
    pub kind: Spoilt,
    /// Which cells, ascending.
    pub cells: Vec<usize>,
    /// `[cells, width]`.
    values: Tensor,
}

impl Features {
    /// Computes all but what an earlier call with the same `key` wrote to files that begin with `cache`.
    pub(crate) fn of(request: &FeatureRequest<'_>, cache: &Path, key: &str) -> Result<Self, Error> {
        let count = request.data.len();
        let all: Vec<usize> = (0..count).collect();
        let mut uses = Vec::new();
        for copy in 0..request.copies {
            let what = format!("use {} of {} of each cell", copy + 1, request.copies);
            let made = |cells: &[usize], first| pictures(request, copy, first, cells);
            uses.push(cached(
                request.network,
                &all,
                made,
                &what,
                cache,
                &format!("{copy}"),
                key,
            )?);
        }
        let mut spoilt = Vec::new();
        for (i, kind) in Spoilt::ALL.into_iter().enumerate().filter(|_| request.spoilt) {
            let first = i * SPOILT_EVERY / Spoilt::ALL.len();
            let cells: Vec<usize> = (first..count).step_by(SPOILT_EVERY).collect();
            let made = |cells: &[usize], _| {
                let crops = crops(request.data, cells)?;
                let seeds = cells.iter().map(|c| request.seed ^ ((*c as u64) << 8));
                kind.make(&crops, &seeds.collect::<Vec<_>>())
            };
            let name = kind.name().replace(' ', "-");
            let values = cached(request.network, &cells, made, kind.name(), cache, &name, key)?;
            spoilt.push(SpoiltFeatures { kind, cells, values });
        }
        Ok(Self { uses, spoilt })
    }

    /// Numbers of a vector.
    pub(crate) fn width(&self) -> usize {
        self.uses.first().map_or(0, |t| t.size()[1] as usize)
    }

    /// Vectors of one use of these cells, `[cells, width]`.
    pub(crate) fn take(&self, copy: usize, cells: &[usize]) -> Result<Tensor, Error> {
        select(&self.uses[copy], cells)
    }

    /// Vectors of all uses of these cells, `[copies * cells, width]`, one use after the other.
    pub(crate) fn take_all(&self, cells: &[usize]) -> Result<Tensor, Error> {
        let parts = self.uses.iter().map(|t| select(t, cells));
        Ok(Tensor::f_cat(&parts.collect::<Result<Vec<_>, _>>()?, 0)?)
    }

    /// Uses of each cell.
    pub(crate) fn copies(&self) -> usize {
        self.uses.len()
    }

    /// What cells were made into, kind by kind.
    pub(crate) fn spoilt(&self) -> &[SpoiltFeatures] {
        &self.spoilt
    }
}

impl SpoiltFeatures {
    /// The cells that are kept and their vectors, `[cells, width]`.
    pub(crate) fn of(&self, keep: impl Fn(usize) -> bool) -> Result<(Vec<usize>, Tensor), Error> {
        let places: Vec<usize> = (0..self.cells.len()).filter(|i| keep(self.cells[*i])).collect();
        let cells = places.iter().map(|i| self.cells[*i]).collect();
        Ok((cells, select(&self.values, &places)?))
    }
}

fn select(vectors: &Tensor, places: &[usize]) -> Result<Tensor, Error> {
    let index: Vec<i64> = places.iter().map(|c| *c as i64).collect();
    Ok(vectors.f_index_select(0, &Tensor::f_from_slice(&index)?)?)
}

/// Vectors of pictures, a batch at a time: from the file, or computed and written to it.
fn cached(
    network: &Network,
    cells: &[usize],
    made: impl Fn(&[usize], usize) -> Result<Tensor, Error>,
    what: &str,
    cache: &Path,
    name: &str,
    key: &str,
) -> Result<Tensor, Error> {
    let path = cache.with_file_name(format!(
        "{}-{name}.safetensors",
        cache.file_name().unwrap_or_default().to_string_lossy()
    ));
    if let Some(known) = read(&path, key, cells.len()) {
        return Ok(known);
    }
    let bar = ProgressBar::start(&format!("computing features, {what}"), cells.len());
    let mut parts = Vec::new();
    for (i, batch) in cells.chunks(BATCH).enumerate() {
        let pictures = made(batch, i * BATCH)?;
        let part = tch::no_grad(|| network.forward(&pictures, false))?;
        parts.push(part.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?);
        batch.iter().for_each(|_| bar.step());
    }
    bar.end(&format!("computed features of {} pictures, {what}", cells.len()));
    let values = Tensor::f_cat(&parts, 0)?;
    write(&values, &path, key)?;
    Ok(values)
}

fn write(values: &Tensor, path: &Path, key: &str) -> Result<(), Error> {
    let flat = values.f_reshape([-1])?;
    let mut numbers = vec![0f32; flat.numel()];
    flat.f_copy_data(&mut numbers, flat.numel())?;
    let bytes: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
    let shape: Vec<usize> = values.size().iter().map(|s| *s as usize).collect();
    let refuse = |e: safetensors::SafeTensorError| {
        let why = format!("{}: cannot write features", path.display());
        Error::with_source(ErrorKind::Run, why, e)
    };
    let view = TensorView::new(Dtype::F32, shape, &bytes).map_err(refuse)?;
    let key = [("key".to_owned(), key.to_owned())].into();
    let file = serialize([("features", view)], Some(key)).map_err(refuse)?;
    durable_file::write(path, &file)
}

fn crops(data: &DataSet, cells: &[usize]) -> Result<Tensor, Error> {
    let mut bytes = Vec::new();
    for cell in cells {
        bytes.extend_from_slice(&data.planes(*cell)?);
    }
    let side = i64::from(data.spec().size);
    let shape = [cells.len() as i64, 3, side, side];
    Ok(Tensor::f_from_data_size(&bytes, &shape, Kind::Uint8)?)
}

fn pictures(
    request: &FeatureRequest<'_>,
    copy: usize,
    first: usize,
    cells: &[usize],
) -> Result<Tensor, Error> {
    let crops = crops(request.data, cells)?;
    if copy == 0 {
        return Ok(crops.f_to_kind(Kind::Float)?.f_div_scalar_(255.0)?);
    }
    let size = request.data.spec().size as usize;
    let key = [request.seed, copy as u64];
    let draws = Draws::of(request.augmentation, size, cells, first, key, Device::Cpu)?;
    augment(&crops, request.augmentation, &draws)
}

/// What a call with the same key wrote; nothing where it is absent, of another key or damaged.
fn read(path: &Path, key: &str, cells: usize) -> Option<Tensor> {
    let bytes = std::fs::read(path).ok()?;
    let (_, head) = SafeTensors::read_metadata(&bytes).ok()?;
    if head.metadata().as_ref()?.get("key")? != key {
        return None;
    }
    let tensors = SafeTensors::deserialize(&bytes).ok()?;
    let view = tensors.tensor("features").ok()?;
    let shape: Vec<i64> = view.shape().iter().map(|s| *s as i64).collect();
    (shape.len() == 2 && shape[0] == cells as i64 && view.dtype() == Dtype::F32).then_some(())?;
    Tensor::f_from_data_size(view.data(), &shape, Kind::Float).ok()
}
