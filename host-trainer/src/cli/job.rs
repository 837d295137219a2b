use super::data_options::DataOptions;
use super::output::{Lines, Recording};
use super::table::print_report;
use super::train::train;
use crate::data::Split;
use crate::durable_file;
use crate::evaluate::evaluate_run;
use crate::jobs::end_with;
use crate::runs::{Recorder, RunOrigin};
use crate::train::{Recipe, Run, RunDescription, Stopped};
use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tch::Device;

const VERSION: u32 = 1;

/// Trains and evaluates one fold, as a launcher says.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The job's file; its folder becomes that of the run
    file: PathBuf,
    /// Process to end with: the launcher's
    #[arg(long, value_name = "PID")]
    parent: Option<u32>,
}

/// `job.json`: all that one training and its evaluation need.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobFile {
    version: u32,
    /// The recipe as resolved, TOML.
    recipe: String,
    data: DataOptions,
    split: PathBuf,
    fold: usize,
    #[serde(rename = "belongs")]
    origin: RunOrigin,
}

impl JobFile {
    pub(crate) fn new(
        recipe: &Recipe,
        data: &DataOptions,
        split: PathBuf,
        fold: usize,
        origin: RunOrigin,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            version: VERSION,
            recipe: recipe.to_toml()?,
            data: data.clone(),
            split,
            fold,
            origin,
        })
    }

    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        Ok(durable_file::write(path, text.as_bytes())?)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let refused = || format!("{} is not a job file; launchers write these", path.display());
        let bytes = std::fs::read(path).with_context(refused)?;
        let file: Self = serde_json::from_slice(&bytes).with_context(refused)?;
        ensure!(file.version == VERSION, "{}: version {}", refused(), file.version);
        Ok(file)
    }
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        if let Some(parent) = self.parent {
            end_with(parent)?;
        }
        let file = JobFile::read(&self.file)?;
        let folder = self.file.parent().context("a job lies in a folder")?;
        let recipe = Recipe::parse(&file.recipe)?;
        let data = file.data.load(&recipe, folder)?;
        let split = Split::read(&file.split, data.collection())?;
        let description = RunDescription::new(&data, Some(file.fold), split.fold(file.fold)?.clone());
        let mut recording = Recording {
            recorder: Recorder::of_records(device),
            origin: file.origin,
            lines: Lines::default(),
        };
        match train(folder, &recipe, &description, &data, device, None, &mut recording)? {
            Stopped::Finished | Stopped::Early => {}
            _ => bail!("stopped before the end; the launcher's command goes on"),
        }
        print_report(&evaluate_run(&Run::open(folder)?, &data, device)?);
        Ok(())
    }
}
