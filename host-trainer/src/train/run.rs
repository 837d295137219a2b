use crate::data::{DataSet, Fold};
use crate::network::Network;
use crate::train::checkpoint::Progress;
use crate::train::recipe::Recipe;
use crate::{Error, ErrorKind, durable_file};
use blastscope_network::Weights;
use blastscope_network::zoo::pad_single_logit;
use blastscope_shared::class::LabelSet;
use blastscope_shared::random::SplitMix64;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

/// The folder of one training: what it trains on, and what came out.
///
/// `run.json` and `recipe.toml` say what is trained, `metrics.jsonl` holds a line an epoch,
/// `best.safetensors` the weights to use, `last.json` and the `.safetensors` that it names where to go on.
#[derive(Debug)]
pub(crate) struct Run {
    folder: PathBuf,
    recipe: Recipe,
    description: RunDescription,
    /// Held while this process trains here.
    _lock: Option<File>,
}

/// What a run trains on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunDescription {
    version: u32,
    /// Number of the fold; none: everything trains, for a release.
    pub fold: Option<usize>,
    /// Labels in the order of the network's outputs.
    pub labels: LabelSet,
    /// [`DataSet::fingerprint`].
    pub data: String,
    /// Subject groups on each side.
    pub subjects: Fold,
}

impl RunDescription {
    /// For a fold of a split, or for everything.
    pub(crate) fn new(data: &DataSet, fold: Option<usize>, subjects: Fold) -> Self {
        Self {
            version: VERSION,
            fold,
            labels: data.collection().labels.clone(),
            data: data.fingerprint(),
            subjects,
        }
    }
}

impl Run {
    /// Begins a run, or goes on with the one that lies in `folder`. Refuses a folder whose run has
    /// another recipe, other data or another fold, and one that another process trains in.
    pub(crate) fn begin(folder: &Path, recipe: &Recipe, description: &RunDescription) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|e| Error::io("make the folder", folder, e))?;
        let lock = lock(folder)?;
        if folder.join("run.json").exists() {
            let mut run = Self::open(folder)?;
            run.refuse_other(recipe, description)?;
            run.recipe.checkpoints = recipe.checkpoints.clone();
            run._lock = Some(lock);
            return Ok(run);
        }
        durable_file::write(&folder.join("recipe.toml"), recipe.to_toml()?.as_bytes())?;
        let text = serde_json::to_string_pretty(description);
        let text = text.map_err(|e| Error::with_source(ErrorKind::Run, "cannot write run.json", e))?;
        durable_file::write(&folder.join("run.json"), (text + "\n").as_bytes())?;
        Ok(Self {
            folder: folder.to_owned(),
            recipe: recipe.clone(),
            description: description.clone(),
            _lock: Some(lock),
        })
    }

    /// Opens a run to read it.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("run.json");
        let refuse = |why: String| {
            Error::new(
                ErrorKind::Run,
                format!("{}: {why}; give the --out folder of a `train`", path.display()),
            )
        };
        let bytes = fs::read(&path).map_err(|e| refuse(e.to_string()).caused_by(e))?;
        let description: RunDescription =
            serde_json::from_slice(&bytes).map_err(|e| refuse(e.to_string()).caused_by(e))?;
        if description.version != VERSION {
            return Err(refuse(format!(
                "run version {}: this program reads version {VERSION}",
                description.version
            )));
        }
        Ok(Self {
            folder: folder.to_owned(),
            recipe: Recipe::read(&folder.join("recipe.toml"))?,
            description,
            _lock: None,
        })
    }

    fn refuse_other(&self, recipe: &Recipe, description: &RunDescription) -> Result<(), Error> {
        let mut differs = Vec::new();
        if self.description.fold != description.fold {
            differs.push("the fold".to_owned());
        }
        if self.description.data != description.data {
            differs.push("the data".to_owned());
        } else if self.description.subjects != description.subjects {
            differs.push("the split".to_owned());
        }
        let table = |r: &Recipe| toml::Table::try_from(r).unwrap_or_default();
        let (ours, theirs) = (table(&self.recipe), table(recipe));
        let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for key in keys {
            // When states are written decides nothing of the numbers.
            if key != "checkpoints" && ours.get(key) != theirs.get(key) {
                differs.push(format!("{key} of the recipe"));
            }
        }
        if differs.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Run,
            format!(
                "{} holds another run (different: {}): give another --out, or the data and recipe it was begun with",
                self.folder.display(),
                differs.join(", ")
            ),
        ))
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The recipe, as resolved when the run began.
    pub(crate) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// What it trains on.
    pub(crate) fn description(&self) -> &RunDescription {
        &self.description
    }

    /// True while this process may write here.
    #[cfg(test)]
    pub(crate) fn is_ours(&self) -> bool {
        self._lock.is_some()
    }

    /// True when the run in `folder` has a state to go on from: what it began with is needed no more.
    pub(crate) fn has_state(folder: &Path) -> bool {
        folder.join("last.json").exists()
    }

    /// True when training has ended.
    pub(crate) fn is_finished(&self) -> Result<bool, Error> {
        Ok(Progress::read(&self.folder)?.is_some_and(|p| p.finished))
    }

    /// Epoch that the best weights come from.
    pub(crate) fn best_epoch(&self) -> Result<Option<usize>, Error> {
        Ok(Progress::read(&self.folder)?
            .and_then(|p| p.best)
            .map(|b| b.epoch))
    }

    /// Refuses data other than those of the run.
    pub(crate) fn check_data(&self, data: &DataSet) -> Result<(), Error> {
        if data.fingerprint() == self.description.data && *data.spec() == self.recipe.input {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Run,
            format!(
                "{} was trained on other data than {} (or with another --limit): give the same",
                self.folder.display(),
                data.collection().root.display()
            ),
        ))
    }

    /// The network with the weights of the best epoch, with a logit a label. Refuses a run that has not
    /// ended.
    pub(crate) fn best_network(&self, device: tch::Device) -> Result<Network, Error> {
        if !self.is_finished()? {
            return Err(Error::new(
                ErrorKind::Run,
                format!(
                    "{} has not ended: give the same `train` again to go on",
                    self.folder.display()
                ),
            ));
        }
        let mut graph = self.recipe.graph(&self.description.labels)?;
        let mut weights = Weights::load(&self.best_path())?;
        if graph.labels() == 1 {
            (graph, weights) = pad_single_logit(&graph, &weights)?;
        }
        let mut network = Network::new(&graph, device, 0)?;
        network.load(&weights)?;
        Ok(network)
    }

    /// A seed of 63 bits: of the recipe, the fold and the epoch (0: the first weights).
    pub(crate) fn seed(&self, epoch: u64) -> u64 {
        let fold = self.description.fold.map_or(0, |f| f as u64 + 1);
        SplitMix64::keyed(&[self.recipe.seed, fold, epoch]).next_u64() >> 1
    }

    pub(crate) fn best_path(&self) -> PathBuf {
        self.folder.join("best.safetensors")
    }
}

fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("run.lock");
    let file = File::create(&path).map_err(|e| Error::io("write", &path, e))?;
    file.try_lock().map_err(|e| match e {
        fs::TryLockError::WouldBlock => Error::new(
            ErrorKind::Run,
            format!(
                "another process trains in {}: wait for it, or give another --out",
                folder.display()
            ),
        ),
        fs::TryLockError::Error(e) => Error::io("lock", &path, e),
    })?;
    Ok(file)
}
