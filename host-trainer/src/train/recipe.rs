use super::{Augmentation, EarlyStopping, Sampling};
use crate::data::{DataChoice, SplitPlan};
use crate::network::{self, Graph};
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use blastscope_shared::preprocess::InputSpec;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that decides how a network is trained, as a TOML file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name of the recipe.
    pub name: String,
    /// Seed of weights, order of cells, augmentation and dropout.
    pub seed: u64,
    /// Layout of the data and order of the labels; by default C-NMC.
    #[serde(default)]
    pub data: DataChoice,
    /// Which network.
    pub network: NetworkChoice,
    /// Size and scale of the crops.
    pub input: InputSpec,
    /// How to split when no split file is given.
    pub split: SplitPlan,
    /// Which cells an epoch takes, and how much each class weighs.
    pub sampling: Sampling,
    /// What is done to crops before each use.
    pub augmentation: Augmentation,
    /// Optimiser and schedule.
    pub optimisation: Optimisation,
    /// When to stop and which epoch to keep.
    pub early_stopping: EarlyStopping,
    /// From logits to decisions.
    pub calibration: CalibrationSettings,
}

/// A network by name, with its options beside the name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkChoice {
    /// One of `blastscope-train networks`.
    pub name: String,
    /// Options of that network.
    #[serde(flatten)]
    pub options: toml::Table,
}

/// Optimiser (AdamW: Loshchilov and Hutter 2019) and schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimisation {
    /// Cells a step, at least 2.
    pub batch: usize,
    /// Epochs at most, at least 1.
    pub epochs: usize,
    /// Largest learning rate.
    pub learning_rate: f64,
    /// Epochs over which the rate rises from 0, may be a fraction.
    pub warm_up_epochs: f64,
    /// Decoupled decay of convolution and linear weights (not of biases and norms).
    pub weight_decay: f64,
    /// Share of the target spread over all labels (Szegedy et al. 2016), in [0, 1).
    pub label_smoothing: f64,
    /// Decay a step of the running average of weights that is evaluated and kept, in [0, 1); 0: none.
    pub average_decay: f64,
    /// Training cells, augmented, on which the norms of the average are estimated anew after each epoch;
    /// 0: they are averaged like weights.
    #[serde(default)]
    pub average_norm_cells: usize,
}

/// How calibration is fitted on validation cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationSettings {
    /// Where the decision flips.
    pub threshold: ThresholdRule,
    /// Share of validation cells that may be left unidentified, in [0, 1).
    pub abstain_share: f64,
}

/// Where the decision flips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThresholdRule {
    /// At a probability of one half.
    Half,
    /// Where the weighted F1 of the validation cells is largest.
    WeightedF1,
}

impl Recipe {
    /// What of that which decides how good a network gets differs from another recipe; seeds, splits,
    /// the number of epochs and when to stop may differ.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let mut theirs = other.optimisation.clone();
        theirs.epochs = self.optimisation.epochs;
        theirs.warm_up_epochs = self.optimisation.warm_up_epochs;
        let parts = [
            (self.network == other.network, "network"),
            (self.input == other.input, "input"),
            (self.sampling == other.sampling, "sampling"),
            (self.augmentation == other.augmentation, "augmentation"),
            (self.optimisation == theirs, "optimisation"),
        ];
        parts
            .into_iter()
            .filter_map(|(same, name)| (!same).then_some(name))
            .collect()
    }

    /// Reads a recipe; an unknown key is named.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
        Self::parse(&text).map_err(|e| Error::new(ErrorKind::Recipe, format!("{}: {e}", path.display())))
    }

    /// Reads the text of a recipe.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let recipe: Self = toml::from_str(text).map_err(|e| Error::new(ErrorKind::Recipe, e.to_string()))?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe as TOML.
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|e| Error::because(ErrorKind::Recipe, "cannot write the recipe", e))
    }

    /// The network for so many labels.
    pub fn graph(&self, labels: &LabelSet) -> Result<Graph, Error> {
        let size = self.input.size as usize;
        network::by_name(&self.network.name, size, labels.len(), &self.network.options)
            .map_err(|e| Error::new(ErrorKind::Recipe, e.to_string()))
    }

    /// Refuses numbers outside the ranges that the fields state.
    pub fn check(&self) -> Result<(), Error> {
        self.input.check()?;
        self.split.check()?;
        self.sampling.check()?;
        self.augmentation.check()?;
        let o = &self.optimisation;
        let share = 0.0..1.0;
        for (sound, what) in [
            (i64::try_from(self.seed).is_ok(), "seed: up to 2^63 - 1"),
            (o.batch >= 2, "optimisation.batch: at least 2"),
            (o.epochs >= 1, "optimisation.epochs: at least 1"),
            (
                o.learning_rate > 0.0 && o.learning_rate <= 1.0,
                "optimisation.learning_rate: above 0, up to 1",
            ),
            (
                (0.0..=o.epochs as f64).contains(&o.warm_up_epochs),
                "optimisation.warm_up_epochs: 0 to epochs",
            ),
            (
                share.contains(&o.weight_decay),
                "optimisation.weight_decay: from 0, below 1",
            ),
            (
                share.contains(&o.label_smoothing),
                "optimisation.label_smoothing: from 0, below 1",
            ),
            (
                share.contains(&o.average_decay),
                "optimisation.average_decay: from 0, below 1",
            ),
            (
                share.contains(&self.calibration.abstain_share),
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
