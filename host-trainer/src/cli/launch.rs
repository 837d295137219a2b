//! Trainings as jobs of a launcher.

use super::data_options::DataOptions;
use super::job::JobFile;
use crate::jobs::{Job, Launcher, Orders, Outcome, Stop, check_slurm, devices, run_local, run_slurm};
use crate::runs::{Recorder, RunOrigin, flatten};
use crate::train::{Recipe, Run};
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use tch::Device;

/// Where jobs run.
#[derive(Debug, Clone, Args)]
pub(crate) struct LaunchOptions {
    /// Run as jobs of their own: local (one a GPU, or one at a time), local:N, or slurm
    #[arg(long, value_name = "WHERE")]
    launcher: Option<Launcher>,
    /// How often a job that fails or is killed is tried again
    #[arg(long, value_name = "N", default_value_t = 2)]
    retries: u32,
    /// Options for sbatch, such as "--partition=gpu --time=4:00:00 --gres=gpu:1"
    #[arg(long, value_name = "OPTIONS", default_value = "", allow_hyphen_values = true)]
    slurm_options: String,
}

/// One training and its evaluation, to become a job.
#[derive(Debug)]
pub(crate) struct PlannedJob {
    pub name: String,
    pub folder: PathBuf,
    pub recipe: Recipe,
    pub split: PathBuf,
    pub fold: usize,
    pub origin: RunOrigin,
}

impl LaunchOptions {
    /// The launcher that was asked for.
    pub(crate) fn launcher(&self) -> Option<Launcher> {
        self.launcher
    }

    /// Refuses what is known to fail, before anything is read.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.launcher == Some(Launcher::Slurm) {
            check_slurm()?;
        }
        Ok(())
    }

    /// How many jobs run at a time, where that is known.
    pub(crate) fn at_once(&self, jobs: usize, device: Device) -> usize {
        let most = match self.launcher {
            Some(Launcher::Local(Some(n))) => n,
            Some(Launcher::Slurm) => 1,
            Some(Launcher::Local(None)) => gpus(device).len(),
            None => 1,
        };
        most.clamp(1, jobs.max(1))
    }

    /// Writes the files of the jobs and runs those that are not done; `threads` as given on the command line.
    pub(crate) fn launch(
        &self,
        planned: &[PlannedJob],
        data: &DataOptions,
        out: &Path,
        device: Device,
        threads: Option<usize>,
        recorder: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        let mut jobs = Vec::new();
        for one in planned {
            refuse_other(one)?;
        }
        for one in planned {
            let folder = std::path::absolute(&one.folder)?;
            let job = Job {
                name: one.name.clone(),
                folder,
                result: "report.json",
            };
            if !job.is_done() {
                let split = std::path::absolute(&one.split)?;
                let data = data.for_jobs(out)?;
                JobFile::new(&one.recipe, &data, split, one.fold, one.origin.clone())?.write(&job.file())?;
            }
            jobs.push(job);
        }
        let mut orders = Orders {
            program: std::env::current_exe().context("the program does not know its own path")?,
            threads,
            retries: self.retries,
            recorder,
        };
        let stop = Stop::on_signals()?;
        Ok(match self.launcher {
            Some(Launcher::Slurm) => run_slurm(&jobs, out, &self.slurm_options, &mut orders, &stop)?,
            Some(Launcher::Local(n)) => run_local(&jobs, n, &gpus(device), &mut orders, &stop)?,
            None => run_local(&jobs, None, &gpus(device), &mut orders, &stop)?,
        })
    }
}

fn gpus(device: Device) -> Vec<String> {
    match device {
        Device::Cuda(_) => devices(),
        _ => Vec::new(),
    }
}

/// Refuses a folder that holds a run of another recipe, by the keys that differ.
fn refuse_other(one: &PlannedJob) -> anyhow::Result<()> {
    if !one.folder.join("run.json").exists() {
        return Ok(());
    }
    let there = Run::open(&one.folder)?;
    let mut wanted = one.recipe.clone();
    // When states are written decides nothing of the numbers.
    wanted.checkpoints = there.recipe().checkpoints.clone();
    if *there.recipe() == wanted {
        return Ok(());
    }
    let flat = |r: &Recipe| -> anyhow::Result<_> { Ok(flatten(&r.to_toml()?.parse()?)) };
    let (ours, theirs) = (flat(&wanted)?, flat(there.recipe())?);
    let keys = ours.keys().chain(theirs.keys());
    let mut keys: Vec<&str> = keys
        .filter(|k| ours.get(*k) != theirs.get(*k))
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    bail!(
        "{} holds a run of another recipe (different: {}): give another --out, or the recipe it was begun with",
        one.folder.display(),
        keys.join(", ")
    )
}

/// Tells what was given up, and fails where not all is done.
pub(crate) fn require_all(outcome: &Outcome, jobs: usize) -> anyhow::Result<()> {
    for failure in &outcome.failed {
        eprintln!("{}: {}; see {}", failure.name, failure.why, failure.log.display());
    }
    let done = outcome.done;
    match &outcome.stopped {
        Some(arrays) if !arrays.is_empty() => bail!(
            "{done} of {jobs} jobs are done; Slurm goes on with {} by itself: the same command waits for it again, scancel \
             ends it",
            arrays.join(", ")
        ),
        Some(_) => bail!("stopped; {done} of {jobs} jobs are done: the same command goes on"),
        None => {}
    }
    ensure!(
        done == jobs,
        "{} of {jobs} jobs failed, {done} are done: the same command tries the others again",
        jobs - done
    );
    Ok(())
}
