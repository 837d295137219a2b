//! How a network is trained, as a TOML file.

mod checkpoints;
mod early_stopping;
mod find;
mod optimisation;
mod overrides;
mod paper;
mod preflight;
mod pretrained;
mod shorten;
mod stages;

pub(crate) use checkpoints::Checkpoints;
pub(crate) use early_stopping::EarlyStopping;
#[cfg(test)]
pub(crate) use early_stopping::StoppingMetric;
pub(crate) use find::{RECIPES, find_recipe, recipes_below};
pub(crate) use optimisation::Optimisation;
pub(crate) use overrides::Override;
pub(crate) use paper::Paper;
pub(crate) use pretrained::Pretrained;
pub(crate) use stages::{Stage, Trained};

use crate::data::{DataChoice, SplitPlan};
use crate::nearest::with_nearest;
use crate::train::augment::{Augmentation, AugmentationPlace};
use crate::train::compute::{Compute, NumberFormat};
use crate::train::feed::Sampling;
use crate::train::loss::{Distillation, Loss, LossKind};
use crate::train::schedule::Schedule;
use crate::{Error, ErrorKind};
use blastscope_network::{Graph, by_name};
use blastscope_shared::class::LabelSet;
use blastscope_shared::preprocess::InputSpec;
use serde::{Deserialize, Serialize};
use std::path::Path;
use tch::Device;

/// Everything that decides how a network is trained, as a TOML file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipe {
    /// Name of the recipe.
    pub name: String,
    /// Seed of weights, order of cells, augmentation and dropout.
    pub seed: u64,
    /// What it follows.
    #[serde(default, skip_serializing_if = "Paper::is_none")]
    pub paper: Paper,
    /// Layout of the data and order of the labels; by default C-NMC.
    #[serde(default)]
    pub data: DataChoice,
    /// Which network.
    pub network: NetworkChoice,
    /// Weights to begin with; by default random ones.
    #[serde(default, skip_serializing_if = "Pretrained::is_none")]
    pub pretrained: Pretrained,
    /// Size and scale of the crops.
    pub input: InputSpec,
    /// How to split when no split file is given.
    pub split: SplitPlan,
    /// Which cells an epoch takes, and how much each class weighs.
    pub sampling: Sampling,
    /// What is done to crops before each use.
    pub augmentation: Augmentation,
    /// What training makes small; by default cross-entropy.
    #[serde(default)]
    pub loss: Loss,
    /// Optimiser and schedule.
    pub optimisation: Optimisation,
    /// What trains for how long; without stages everything, for `optimisation.epochs`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// When to stop and which epoch to keep.
    pub early_stopping: EarlyStopping,
    /// When the state is written, and how much of it is kept.
    #[serde(default, skip_serializing_if = "Checkpoints::is_default")]
    pub checkpoints: Checkpoints,
    /// From logits to decisions.
    pub calibration: CalibrationSettings,
    /// Teachers to learn from; by default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation: Option<Distillation>,
}

/// A network by name, with its options beside the name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NetworkChoice {
    /// One of `blastscope-train networks`.
    pub name: String,
    /// Options of that network.
    #[serde(flatten)]
    pub options: toml::Table,
}

/// How calibration is fitted on validation cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalibrationSettings {
    /// Where the decision flips.
    pub threshold: ThresholdRule,
    /// Share of validation cells that may be left unidentified, in [0, 1).
    pub abstain_share: f64,
}

/// Where the decision flips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ThresholdRule {
    /// At a probability of one half.
    Half,
    /// Where the weighted F1 of the validation cells is largest.
    WeightedF1,
}

impl Recipe {
    /// What of that which decides how good a network gets differs from another recipe; seeds, splits,
    /// the number of epochs and when to stop may differ.
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let mut theirs = other.optimisation.clone();
        theirs.epochs = self.optimisation.epochs;
        theirs.warm_up_epochs = self.optimisation.warm_up_epochs;
        let stages = |r: &Self| -> Vec<(Option<f64>, Trained)> {
            let stages = r.stages.iter();
            stages.map(|s| (s.learning_rate, s.train.clone())).collect()
        };
        let parts = [
            (self.data == other.data, "data"),
            (self.network == other.network, "network"),
            (self.pretrained == other.pretrained, "pretrained"),
            (self.input == other.input, "input"),
            (self.sampling == other.sampling, "sampling"),
            (self.augmentation == other.augmentation, "augmentation"),
            (self.loss == other.loss, "loss"),
            (self.optimisation == theirs, "optimisation"),
            (stages(self) == stages(other), "stages"),
            (
                Distillation::is_like(self.distillation.as_ref(), other.distillation.as_ref()),
                "distillation",
            ),
        ];
        parts
            .into_iter()
            .filter_map(|(same, name)| (!same).then_some(name))
            .collect()
    }

    /// Reads a recipe; an unknown key is named, with the nearest known one.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        Self::read_with(path, &[])
    }

    /// Reads a recipe and sets single values of it.
    pub(crate) fn read_with(path: &Path, overrides: &[Override]) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
        let refuse = |e: Error| Error::new(ErrorKind::Recipe, format!("{}: {e}", path.display()));
        let read = Self::parse(&text).map_err(refuse);
        if overrides.is_empty() {
            return read;
        }
        // A file that is not sound by itself is refused, with the line, unless a value set makes it so.
        let Ok(mut table) = text.parse::<toml::Table>() else {
            return read;
        };
        for one in overrides {
            one.apply(&mut table)?;
        }
        Self::from_table(table).map_err(|e| {
            let given: Vec<&str> = overrides.iter().map(Override::given).collect();
            refuse(Error::new(
                ErrorKind::Recipe,
                format!("with --set {}: {e}", given.join(" --set ")),
            ))
        })
    }

    /// Reads the text of a recipe.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let recipe: Self = toml::from_str(text).map_err(|e| unreadable(&e))?;
        recipe.check()?;
        Ok(recipe)
    }

    fn from_table(table: toml::Table) -> Result<Self, Error> {
        let recipe: Self = table.try_into().map_err(|e| unreadable(&e))?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe as TOML.
    pub(crate) fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|e| Error::with_source(ErrorKind::Recipe, "cannot write the recipe", e))
    }

    /// The network for so many labels.
    pub(crate) fn graph(&self, labels: &LabelSet) -> Result<Graph, Error> {
        let size = self.input.size as usize;
        by_name(&self.network.name, size, labels.len(), &self.network.options).map_err(|e| {
            let message = format!("recipe {}, [network]: {e}", self.name);
            Error::new(ErrorKind::Recipe, with_nearest(&message))
        })
    }

    /// How the recipe computes on this device.
    pub(crate) fn compute(&self, device: Device) -> Compute {
        let format = self.optimisation.precision;
        let cuda = device.is_cuda();
        Compute {
            device,
            bf16: format == NumberFormat::Bf16 || (format == NumberFormat::Auto && cuda),
            tf32: cuda && format != NumberFormat::F32,
            channels_last: self.optimisation.channels_last.unwrap_or(cuda),
            augments: match self.augmentation.on {
                AugmentationPlace::Auto => cuda,
                AugmentationPlace::Host => false,
                AugmentationPlace::Device => true,
            },
        }
    }

    /// What trains for how long, at what rate: the stages, or the whole as one.
    pub(crate) fn plan(&self) -> Vec<Stage> {
        if !self.stages.is_empty() {
            return self.stages.clone();
        }
        vec![Stage {
            epochs: self.optimisation.epochs,
            learning_rate: None,
            train: Trained::All,
        }]
    }

    /// Epochs of all stages, if none stops early.
    pub(crate) fn epochs(&self) -> usize {
        self.plan().iter().map(|s| s.epochs).sum()
    }

    /// Refuses numbers outside the ranges that the fields state.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.input.check()?;
        self.split.check()?;
        self.sampling.check()?;
        self.augmentation.check()?;
        self.loss.check()?;
        self.optimisation.check()?;
        self.checkpoints.check()?;
        self.distillation.as_ref().map_or(Ok(()), Distillation::check)?;
        let o = &self.optimisation;
        let staged = !self.stages.is_empty();
        let shortest = self.plan().iter().map(|s| s.epochs).min().unwrap_or(0);
        let rates = || self.stages.iter().filter_map(|s| s.learning_rate);
        for (sound, what) in [
            (i64::try_from(self.seed).is_ok(), "seed: up to 2^63 - 1"),
            (
                staged || o.epochs >= 1,
                "optimisation.epochs: at least 1, unless [[stages]] have their own",
            ),
            (
                !staged || o.epochs == 0,
                "optimisation.epochs: leave it out, since [[stages]] have their own",
            ),
            (shortest >= 1, "stages.epochs: at least 1"),
            (
                rates().all(optimisation::is_rate),
                "stages.learning_rate: above 0, up to 1",
            ),
            (
                o.schedule != Schedule::Steps || rates().next().is_none(),
                "stages.learning_rate: leave it out, since optimisation.steps list the rates",
            ),
            (
                (0.0..=shortest as f64).contains(&o.warm_up_epochs),
                "optimisation.warm_up_epochs: 0 to the epochs of the shortest stage",
            ),
            (
                (0.0..=1.0).contains(&self.early_stopping.min_delta),
                "early_stopping.min_delta: 0 to 1",
            ),
            (
                self.loss.class_weights.is_none() || self.sampling.class_weight_exponent == 0.0,
                "loss.class_weights: with sampling.class_weight_exponent = 0 alone",
            ),
            (
                self.loss.kind != LossKind::Focal || o.label_smoothing == 0.0,
                "optimisation.label_smoothing: 0 with loss.kind = \"focal\", which knows no smoothed labels",
            ),
            (
                (0.0..1.0).contains(&self.calibration.abstain_share),
                "calibration.abstain_share: from 0, below 1",
            ),
        ] {
            if !sound {
                return Err(Error::new(ErrorKind::Recipe, format!("out of range: {what}")));
            }
        }
        Ok(())
    }
}

fn unreadable(error: &toml::de::Error) -> Error {
    Error::new(ErrorKind::Recipe, with_nearest(&error.to_string()))
}

#[cfg(test)]
mod tests;
