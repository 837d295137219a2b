use super::cross_validate::begun_folds;
use super::data_options::DataOptions;
use super::ensemble::{WeightOptions, open};
use super::interruption::{Interrupted, listen};
use super::output::{Lines, Recording, StoreOption, warn};
use super::split::keep_split;
use super::train::{RecipeOptions, split_of, train};
use crate::ensemble::{Ensembles, Kind, Wen2025, choose, rate_name, validate_run};
use crate::evaluate::evaluate_run;
use crate::runs::RunOrigin;
use crate::train::{Run, RunDescription};
use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use tch::Device;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    protocol: Protocol,
}

#[derive(Debug, Subcommand)]
enum Protocol {
    /// Ensembles over folds and over learning rates, on subjects held out to the end; given again, goes on where it
    /// stopped
    Wen2025(Box<WenOptions>),
}

#[derive(Debug, Args)]
struct WenOptions {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// Folder for all runs (lr-<rate>/fold-<k>) and for `ensembles`
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Learning rates
    #[arg(long, value_delimiter = ',', value_name = "R,R", default_values_t = Wen2025::RATES)]
    rates: Vec<f64>,
    /// Train these folds only, so that several processes can share the work
    #[arg(long, value_delimiter = ',', value_name = "K,K")]
    folds: Option<Vec<usize>>,
    /// Split file with a hold-out; by default the recipe says how to split
    #[arg(long, value_name = "FILE")]
    split: Option<PathBuf>,
    #[command(flatten)]
    weights: WeightOptions,
    #[command(flatten)]
    store: StoreOption,
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        let Protocol::Wen2025(options) = self.protocol;
        options.run(device)
    }
}

impl WenOptions {
    /// Folders of the runs that this command goes on with.
    fn begun(&self) -> Vec<PathBuf> {
        let all = || (0..begun_folds(&self.out)).collect();
        let folds: Vec<usize> = self.folds.clone().unwrap_or_else(all);
        let runs = self
            .rates
            .iter()
            .flat_map(|r| folds.iter().map(move |k| (*r, *k)));
        runs.map(|(r, k)| Wen2025::folder(&self.out, r, k)).collect()
    }

    fn run(self, device: Device) -> anyhow::Result<()> {
        let mut recipe = self.recipe.read_for(&self.begun())?;
        if recipe.split.holdout == 0.0 && self.split.is_none() {
            recipe.split.holdout = Wen2025::HOLDOUT;
            eprintln!(
                "split.holdout = {}: the recipe holds no subjects out, the protocol does",
                Wen2025::HOLDOUT
            );
        }
        let data = self.data.load(&recipe, &self.out)?;
        let split = split_of(self.split.as_deref(), &recipe, data.collection())?;
        ensure!(
            split.has_holdout(),
            "the split has no hold-out, on which the ensembles are measured: make one with `blastscope-train split \
             --holdout 0.2`"
        );
        warn(split.folds(), data.collection());
        keep_split(&self.out, &split, data.collection())?;
        recipe.split.folds = split.folds().len();
        let protocol = Wen2025::new(&self.rates, &recipe)?;
        let wanted = |fold: usize| self.folds.as_ref().is_none_or(|f| f.contains(&fold));
        let mut recording = Recording {
            recorder: self.store.recorder(&self.out, device),
            origin: RunOrigin::to("wen2025", Some("../..")),
            lines: Lines::default(),
        };
        for (rate, fold) in protocol.runs() {
            let folder = Wen2025::folder(&self.out, rate, fold);
            let recipe = Wen2025::recipe(&recipe, rate);
            let description = RunDescription::new(&data, Some(fold), split.fold(fold)?.clone());
            let done = folder.join("calibration.json").exists();
            if !done && !wanted(fold) {
                continue;
            }
            let name = format!("learning rate {}, fold {fold}", rate_name(rate));
            if done {
                // Refuses a run of another recipe; a finished one is not touched.
                Run::begin(&folder, &recipe, &description)?;
                eprintln!("{name}: done already");
                continue;
            }
            eprintln!("{name}");
            train(
                &folder,
                &recipe,
                &description,
                &data,
                device,
                None,
                &mut recording,
            )
            .with_context(|| name.clone())?;
            validate_run(&Run::open(&folder)?, &data, device).with_context(|| name)?;
            if listen()?.is_asked() {
                return Err(Interrupted::new(&folder, "its validation".to_owned()).into());
            }
        }
        let folders: Vec<PathBuf> = protocol
            .runs()
            .map(|(r, k)| Wen2025::folder(&self.out, r, k))
            .collect();
        let open_runs = folders.iter().filter(|f| !f.join("calibration.json").exists());
        let open_runs: Vec<String> = open_runs.map(|f| f.display().to_string()).collect();
        if !open_runs.is_empty() {
            println!(
                "runs to do: {}; the last one to end measures all",
                open_runs.join(", ")
            );
            return Ok(());
        }
        let out = self.out.join("ensembles");
        let members = open(&folders)?;
        let kinds = [Kind::InterLr, Kind::IntraLr];
        let plans = choose(&members, &kinds, &self.weights.weightings(), &out)?;
        plans.iter().try_for_each(|p| p.write(&out))?;
        eprintln!("members and weights are chosen; now the hold-out is touched");
        for folder in &folders {
            if !folder.join("report.json").exists() {
                evaluate_run(&Run::open(folder)?, &data, device)
                    .with_context(|| format!("evaluating {}", folder.display()))?;
                recording.recorder.index(folder);
            }
        }
        let all = Ensembles::measure(plans, &members, &out)?;
        all.write(&out)?;
        self.weights.print(&all, &out)
    }
}
