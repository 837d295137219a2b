//! Where a run stands. `last.json` is the commit point: it names the tensors that go with it and their
//! sha256, so that a process killed at any instant leaves the state of one whole epoch.

use super::epoch_record::EpochRecord;
use super::optimiser::Optimiser;
use super::stage_progress::StageProgress;
use crate::network::{Array, Network, Weights};
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::package::sha256_hex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use tch::{Device, Tensor};

const VERSION: u32 = 1;

/// The content of `last.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    pub version: u32,
    /// Epochs done.
    pub epoch: usize,
    /// Steps done.
    pub steps: u64,
    pub best: Option<Best>,
    /// The stage that the next epoch belongs to, and how it goes.
    #[serde(default)]
    pub stage: StageProgress,
    /// Steps of the variables that made fewer, because they were frozen for a while.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fewer_steps: BTreeMap<String, u64>,
    /// Training has ended.
    pub finished: bool,
    /// File of the tensors, and its hex sha256.
    tensors: String,
    sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Best {
    pub epoch: usize,
    /// Larger is better.
    pub score: f64,
}

impl Progress {
    pub fn new() -> Self {
        Self {
            version: VERSION,
            epoch: 0,
            steps: 0,
            best: None,
            stage: StageProgress::default(),
            fewer_steps: BTreeMap::new(),
            finished: false,
            tensors: String::new(),
            sha256: String::new(),
        }
    }

    /// Where the run in `folder` stands; `None` before its first epoch.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join("last.json");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("read", &path, e)),
        };
        let refuse = |why: String| Error::new(ErrorKind::Run, format!("{}: {why}; {REMEDY}", path.display()));
        let mut progress: Self = serde_json::from_slice(&bytes).map_err(|e| refuse(e.to_string()))?;
        if progress.version != VERSION {
            return Err(refuse(format!("version {}, not {VERSION}", progress.version)));
        }
        if progress.stage.number == 0 && progress.stage.improved.is_none() {
            // As runs of one stage were written before there were more.
            progress.stage.improved = progress.best;
        }
        Ok(Some(progress))
    }

    /// Writes network, average and what the optimiser keeps, then commits them, then takes older ones away.
    pub fn write(
        &mut self,
        folder: &Path,
        network: &Network,
        average: &Network,
        optimiser: &Optimiser,
    ) -> Result<(), Error> {
        let mut all = Weights::default();
        for (prefix, weights) in [("network/", network.weights()?), ("average/", average.weights()?)] {
            all.0
                .extend(weights.0.into_iter().map(|(n, a)| (format!("{prefix}{n}"), a)));
        }
        for slot in optimiser.slots() {
            for (kind, kept) in optimiser.keeps().iter().zip(&slot.kept) {
                all.0.insert(format!("{kind}/{}", slot.name), array_of(kept)?);
            }
        }
        self.fewer_steps = optimiser.fewer_steps();
        let bytes = all.to_bytes()?;
        self.tensors = format!("last-{:04}.safetensors", self.epoch);
        self.sha256 = sha256_hex(&bytes);
        durable_file::write(&folder.join(&self.tensors), &bytes)?;
        self.commit(folder)?;
        let entries = fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("last-") && name.ends_with(".safetensors") && name != self.tensors {
                fs::remove_file(entry.path()).map_err(|e| Error::io("remove", &entry.path(), e))?;
            }
        }
        Ok(())
    }

    /// Writes `last.json` alone.
    pub fn commit(&self, folder: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| Error::because(ErrorKind::Run, "cannot write last.json", e))?;
        durable_file::write(&folder.join("last.json"), (text + "\n").as_bytes())
    }

    /// Sets network, average and optimiser to what [`Progress::write`] saved.
    pub fn restore(
        &self,
        folder: &Path,
        network: &mut Network,
        average: &mut Network,
        optimiser: &mut Optimiser,
    ) -> Result<(), Error> {
        let path = folder.join(&self.tensors);
        let bytes = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
        if sha256_hex(&bytes) != self.sha256 {
            let message = format!("{} is damaged (sha256 differs): {REMEDY}", path.display());
            return Err(Error::new(ErrorKind::Run, message));
        }
        let all = Weights::from_bytes(&bytes)?;
        let under = |prefix: &str| {
            let named = all
                .0
                .iter()
                .filter_map(|(n, a)| Some((n.strip_prefix(prefix)?.to_owned(), a.clone())));
            Weights(named.collect())
        };
        network.load(&under("network/"))?;
        average.load(&under("average/"))?;
        for slot in optimiser.slots() {
            for (kind, kept) in optimiser.keeps().iter().zip(&slot.kept) {
                let saved = all.get(&format!("{kind}/{}", slot.name))?;
                tch::no_grad(|| kept.shallow_clone().f_copy_(&tensor_of(saved)?))?;
            }
        }
        optimiser.resume_at(self.steps, &self.fewer_steps);
        Ok(())
    }
}

const REMEDY: &str = "take the run's folder away and train anew";

fn array_of(tensor: &Tensor) -> Result<Array, Error> {
    let flat = tensor.f_to_device(Device::Cpu)?.f_flatten(0, -1)?;
    Ok(Array {
        shape: tensor.size().iter().map(|s| *s as usize).collect(),
        values: Vec::try_from(&flat)?,
    })
}

fn tensor_of(array: &Array) -> Result<Tensor, tch::TchError> {
    let shape: Vec<i64> = array.shape.iter().map(|s| *s as i64).collect();
    Tensor::f_from_slice(&array.values)?.f_reshape(&shape[..])
}

/// Adds one line to `metrics.jsonl`.
pub(super) fn append_record(folder: &Path, record: &EpochRecord) -> Result<(), Error> {
    let path = folder.join("metrics.jsonl");
    let line = serde_json::to_string(record)
        .map_err(|e| Error::because(ErrorKind::Run, "cannot write metrics.jsonl", e))?;
    let file = fs::OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut f| {
        writeln!(f, "{line}")?;
        f.sync_all()
    })
    .map_err(|e| Error::io("write", &path, e))
}

/// Leaves in `metrics.jsonl` the lines of the epochs that were committed; later ones are done anew.
pub(super) fn trim_records(folder: &Path, epochs: usize) -> Result<(), Error> {
    let path = folder.join("metrics.jsonl");
    if !path.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(|e| Error::io("read", &path, e))?;
    let kept: String = text
        .lines()
        .filter(|l| serde_json::from_str::<EpochRecord>(l).is_ok_and(|r| r.epoch <= epochs))
        .map(|l| format!("{l}\n"))
        .collect();
    durable_file::write(&path, kept.as_bytes())
}
