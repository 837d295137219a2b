use super::data_options::DataOptions;
use super::output::{Lines, Recording, StoreOption, warn_of};
use super::train::{RecipeOptions, split_of, train};
use crate::data::Fold;
use crate::ensemble::{Teachers, distil_from_ensemble, distil_from_runs};
use crate::runs::RunOrigin;
use crate::train::{Distillation, RunDescription};
use anyhow::Context;
use clap::{ArgGroup, Args};
use std::path::PathBuf;
use tch::Device;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").required(true).args(["teachers", "ensemble"])))]
pub(crate) struct Options {
    /// Runs that teach, all alike
    #[arg(long, value_name = "RUN", num_args = 1..)]
    teachers: Vec<PathBuf>,
    /// An ensemble.json, whose members teach by their weights
    #[arg(long, value_name = "FILE")]
    ensemble: Option<PathBuf>,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// Folder of the student's run
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Fold whose subjects are kept from training
    #[arg(long, default_value_t = 0)]
    fold: usize,
    /// Train on every subject, for a release; ends after the recipe's epochs
    #[arg(long, conflicts_with_all = ["fold", "split"])]
    all: bool,
    /// Split file, such as the teachers' own; by default the recipe says how to split
    #[arg(long, value_name = "FILE")]
    split: Option<PathBuf>,
    /// What logits are divided by where student and teachers are compared
    #[arg(long, value_name = "T", default_value_t = Distillation::TEMPERATURE)]
    temperature: f64,
    /// Share of the teachers in the loss; the rest is that of the labels
    #[arg(long, value_name = "A", default_value_t = Distillation::ALPHA)]
    alpha: f64,
    /// Weight of the distance between the features of student and teachers
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    features: f64,
    /// Stop after N epochs in all; given again without it, goes on
    #[arg(long, value_name = "N")]
    pause_after: Option<usize>,
    #[command(flatten)]
    store: StoreOption,
    #[command(flatten)]
    lines: Lines,
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        let mut recipe = self.recipe.read_for(std::slice::from_ref(&self.out))?;
        let taught = match &self.ensemble {
            Some(file) => distil_from_ensemble(file)?,
            None => distil_from_runs(&self.teachers)?,
        };
        recipe.distillation = Some(Distillation {
            temperature: self.temperature,
            alpha: self.alpha,
            features: self.features,
            ..taught
        });
        recipe.check()?;
        let data = self.data.load(&recipe, &self.out)?;
        let (fold, subjects) = if self.all {
            (None, Fold::everything(data.collection()))
        } else {
            let split = split_of(self.split.as_deref(), &recipe, data.collection())?;
            let fold = split.fold(self.fold)?;
            warn_of(&format!("fold {}", self.fold), fold, data.collection());
            (Some(self.fold), fold.clone())
        };
        let description = RunDescription::new(&data, fold, subjects);
        // Before a run is begun that could never go on.
        Teachers::open(&recipe, &description, &data, device).context("opening the teachers")?;
        let mut recording = Recording {
            recorder: self.store.recorder(&self.out, device),
            origin: RunOrigin::to("distill", None),
            lines: self.lines,
        };
        let (out, pause) = (&self.out, self.pause_after);
        train(out, &recipe, &description, &data, device, pause, &mut recording)?;
        Ok(())
    }
}
