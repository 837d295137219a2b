use super::{Kind, Member, ValidationWorth, Weighting};
use crate::evaluate::{Figures, write_json};
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

pub(super) const VERSION: u32 = 1;

/// `ensemble.json`: who votes, and how much each vote counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnsemblePlan {
    /// Stands on everything.
    pub disclaimer: String,
    pub(super) version: u32,
    /// `inter-lr-1e-3-kappa`; that of its folder.
    pub name: String,
    /// Which members belong together.
    pub kind: Kind,
    /// What they are weighted by.
    pub weighting: Weighting,
    /// How members were chosen, in words.
    pub chosen: String,
    /// How they were weighed, in words.
    pub weighed: String,
    /// How they are combined, in words.
    pub combined: String,
    /// Labels in the order of the outputs.
    pub labels: LabelSet,
    /// The members.
    pub members: Vec<WeightedMember>,
    /// On test cells, once they were touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Figures>,
}

/// A member and its weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeightedMember {
    /// Folder of the run, from the folder of the `ensemble.json`.
    pub folder: String,
    /// Hex sha256 of its `best.safetensors`.
    pub sha256: String,
    /// Its fold.
    pub fold: Option<usize>,
    /// Its largest learning rate.
    pub learning_rate: f64,
    /// Its logits are divided by this before the softmax; fitted on its validation cells.
    pub temperature: f32,
    /// What it is worth on its own validation cells.
    pub validation: ValidationWorth,
    /// Share of its vote, in 0..=1.
    pub weight: f64,
}

impl EnsemblePlan {
    /// Folder of the ensemble below that of all.
    pub(crate) fn folder(&self, out: &Path) -> PathBuf {
        out.join(&self.name)
    }

    /// Writes `ensemble.json` below the folder of all ensembles.
    pub(crate) fn write(&self, out: &Path) -> Result<(), Error> {
        write_json(&self.folder(out).join("ensemble.json"), self)
    }

    /// Reads an `ensemble.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let refuse = |why: String| {
            let remedy = "give an ensemble.json that `ensemble` or `protocol` wrote";
            Error::new(ErrorKind::Run, format!("{}: {why}; {remedy}", path.display()))
        };
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
        let plan: Self = serde_json::from_slice(&bytes).map_err(|e| refuse(e.to_string()).caused_by(e))?;
        if plan.version != VERSION {
            return Err(refuse(format!("version {} instead of {VERSION}", plan.version)));
        }
        Ok(plan)
    }

    /// Folders of the members and their weights, of an `ensemble.json` at this path.
    pub(crate) fn votes(&self, path: &Path) -> Vec<(PathBuf, f64)> {
        let beside = path.parent().unwrap_or(Path::new("."));
        let vote = |m: &WeightedMember| (beside.join(&m.folder), m.weight);
        self.members.iter().map(vote).collect()
    }
}

impl WeightedMember {
    pub(super) fn of(
        member: &Member,
        worth: ValidationWorth,
        weight: f64,
        beside: &Path,
    ) -> Result<Self, Error> {
        Ok(Self {
            folder: from_folder(beside, &member.folder)?,
            sha256: member.sha256.clone(),
            fold: member.description.fold,
            learning_rate: member.learning_rate(),
            temperature: member.calibration.temperature,
            validation: worth,
            weight,
        })
    }
}

/// The way from one folder to another, so that both can be moved together.
fn from_folder(from: &Path, to: &Path) -> Result<String, Error> {
    let absolute = |p: &Path| {
        let whole = std::path::absolute(p).map_err(|e| Error::io("find", p, e))?;
        // Where it is there, by its real name, so that `..` leads where it should.
        Ok::<_, Error>(whole.canonicalize().unwrap_or(whole))
    };
    std::fs::create_dir_all(from).map_err(|e| Error::io("make the folder", from, e))?;
    let (from, to) = (absolute(from)?, absolute(to)?);
    let (a, b): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let up = a[same..].iter().map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(b[same..].iter().copied()).collect();
    let text = way.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        Error::new(
            ErrorKind::Run,
            format!("{}: the path is not UTF-8; rename it", to.display()),
        )
    })
}
