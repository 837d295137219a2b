//! Where a run stands. `last.json` is the commit point: it names the tensors that go with it and their
//! sha256, so that a process killed at any instant leaves the state after one step.

mod retention;
mod stage_progress;

pub(crate) use stage_progress::Best;

use crate::network::Network;
use crate::train::optimiser::Optimiser;
use crate::{Error, ErrorKind, durable_file};
use blastscope_network::{Array, Weights};
use blastscope_shared::package::sha256_hex;
use retention::{Kept, tidy};
use serde::{Deserialize, Serialize};
use stage_progress::StageProgress;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use tch::{Device, Tensor};

const VERSION: u32 = 1;

/// Name of the losses of an epoch among the tensors.
const LOSSES: &str = "pass/losses";

/// The content of `last.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    pub version: u32,
    /// Epochs done.
    pub epoch: usize,
    /// Steps done.
    pub steps: u64,
    pub best: Option<Best>,
    /// What is done of the epoch after these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Within>,
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

/// Where training stands within an epoch. What is random there follows from it: see `learner::epoch`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Within {
    /// Batches done, a whole number of steps.
    pub batches: usize,
    /// Seconds that they took.
    pub seconds: f64,
    /// Seconds of them spent waiting for data.
    pub waited: f64,
    /// Loss of each, which stands with the tensors.
    #[serde(skip)]
    pub losses: Vec<f32>,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} epochs", self.epoch)?;
        match &self.within {
            Some(within) => write!(f, " and {} batches", within.batches),
            None => Ok(()),
        }
    }
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            version: VERSION,
            epoch: 0,
            steps: 0,
            best: None,
            within: None,
            stage: StageProgress::default(),
            fewer_steps: BTreeMap::new(),
            finished: false,
            tensors: String::new(),
            sha256: String::new(),
        }
    }

    /// Where the run in `folder` stands; `None` before its first epoch.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join("last.json");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("read", &path, e)),
        };
        let refuse = |why: String| Error::new(ErrorKind::Run, format!("{}: {why}; {REMEDY}", path.display()));
        let mut progress: Self =
            serde_json::from_slice(&bytes).map_err(|e| refuse(e.to_string()).caused_by(e))?;
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
    pub(crate) fn write(
        &mut self,
        folder: &Path,
        network: &Network,
        average: &Network,
        optimiser: &Optimiser,
        keep_last: usize,
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
        let epoch = self.epoch + usize::from(self.within.is_some());
        refuse_unsound(&all, epoch, optimiser.steps())?;
        self.steps = optimiser.steps();
        self.fewer_steps = optimiser.fewer_steps();
        let name = match &self.within {
            None => format!("last-{:04}", self.epoch),
            Some(within) => {
                let losses = Array {
                    shape: vec![within.losses.len()],
                    values: within.losses.clone(),
                };
                all.0.insert(LOSSES.into(), losses);
                format!("last-{:04}-{:06}", self.epoch, within.batches)
            }
        };
        let bytes = all.to_bytes()?;
        self.tensors = format!("{name}.safetensors");
        self.sha256 = sha256_hex(&bytes);
        durable_file::write(&folder.join(&self.tensors), &bytes)?;
        if keep_last > 1 && self.within.is_none() {
            // Whoever wants to go back to this epoch puts it in the place of last.json.
            self.write_as(folder, &format!("{name}.json"))?;
        }
        self.commit(folder)?;
        self.tidy(folder, keep_last)
    }

    /// Takes away older states, and what a killed process left half-written.
    pub(crate) fn tidy(&self, folder: &Path, keep_last: usize) -> Result<(), Error> {
        let kept = Kept {
            tensors: &self.tensors,
            epochs: self.epoch,
            last: keep_last,
        };
        tidy(folder, kept)
    }

    /// Writes `last.json` alone.
    pub(crate) fn commit(&self, folder: &Path) -> Result<(), Error> {
        self.write_as(folder, "last.json")
    }

    fn write_as(&self, folder: &Path, name: &str) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| Error::with_source(ErrorKind::Run, "cannot write last.json", e))?;
        durable_file::write(&folder.join(name), (text + "\n").as_bytes())
    }

    /// Sets network, average and optimiser to what [`Progress::write`] saved.
    pub(crate) fn restore(
        &mut self,
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
        if let Some(within) = &mut self.within {
            within.losses = all.get(LOSSES)?.values.clone();
        }
        optimiser.resume_at(self.steps, &self.fewer_steps);
        Ok(())
    }
}

const REMEDY: &str = "remove the run's folder and train again";

/// Refuses to keep what is no number any more after so many steps of the whole training.
pub(crate) fn refuse_unsound(all: &Weights, epoch: usize, steps: u64) -> Result<(), Error> {
    let unsound = |a: &Array| a.values.iter().any(|v| !v.is_finite());
    match all.0.iter().find(|(_, a)| unsound(a)) {
        Some((name, _)) => Err(Error::new(
            ErrorKind::Diverged,
            format!(
                "training diverged in epoch {epoch}, step {steps} of the whole training: {name} is not a number"
            ),
        )),
        None => Ok(()),
    }
}

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
