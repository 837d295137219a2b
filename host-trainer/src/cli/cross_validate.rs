use super::data_options::DataOptions;
use super::dry_run::{PlannedRun, Sides, say};
use super::interruption::{Interrupted, listen};
use super::launch::{LaunchOptions, PlannedJob, require_all};
use super::output::{Lines, Recording, StoreOption, warn};
use super::split::keep_split;
use super::table::{print_cross_validation, print_report};
use super::train::{RecipeOptions, split_of, train};
use crate::data::{DataSet, Split};
use crate::evaluate::{CrossValidation, Evaluated, evaluate_run, write_page};
use crate::runs::RunOrigin;
use crate::train::{Recipe, Run, RunDescription};
use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use tch::Device;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// Folder for the runs of all folds
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Train these folds only, so that several processes can share the work
    #[arg(long, value_delimiter = ',', value_name = "K,K")]
    folds: Option<Vec<usize>>,
    /// Split file; by default the recipe says how to split
    #[arg(long, value_name = "FILE")]
    split: Option<PathBuf>,
    #[command(flatten)]
    launch: LaunchOptions,
    #[command(flatten)]
    store: StoreOption,
    /// Say what would be done, with memory and time estimated, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    lines: Lines,
}

impl Options {
    /// Folders of the runs that this command goes on with: those of the folds asked for, or of all folds of
    /// the split that it was begun with.
    fn folders(&self) -> Vec<PathBuf> {
        match &self.folds {
            Some(folds) => folds.iter().map(|k| self.folder(*k)).collect(),
            None => (0..begun_folds(&self.out)).map(|k| self.folder(k)).collect(),
        }
    }

    pub(crate) fn run(self, device: Device, threads: Option<usize>) -> anyhow::Result<()> {
        let lines = self.lines;
        let recipe = self.recipe.read_for(&self.folders())?;
        if self.dry_run {
            return self.say(&recipe, device);
        }
        self.launch.check()?;
        let data = self.data.load(&recipe, &self.out)?;
        let split = split_of(self.split.as_deref(), &recipe, data.collection())?;
        warn(split.folds(), data.collection());
        ensure!(
            !split.has_holdout(),
            "every fold of this split tests the same hold-out: give --set split.holdout=0, or run `protocol wen2025`"
        );
        let file = keep_split(&self.out, &split, data.collection())?;
        let data = if self.launch.launcher().is_some() {
            // The jobs read the cells for themselves, from the cache.
            drop(data);
            self.launch_jobs(&recipe, &split, &file, device, threads)?;
            self.data.load(&recipe, &self.out)?
        } else {
            self.train_here(&recipe, &split, &data, device)?;
            data
        };
        let count = split.folds().len();
        let done = |k: &usize| self.folder(*k).join("report.json").exists();
        let open: Vec<String> = (0..count).filter(|k| !done(k)).map(|k| k.to_string()).collect();
        if !open.is_empty() {
            lines.say(&json!({ "event": "open", "folds": open }));
            if lines.json {
                return Ok(());
            }
            println!(
                "folds to do: {}; the last one to end gathers all",
                open.join(", ")
            );
            return Ok(());
        }
        let gathered = CrossValidation::gather(&self.out, count)?;
        let page = write_page(&Evaluated::open(&self.out)?, Some((&data, device)))?;
        lines.say(&json!({ "event": "cross-validation", "folder": self.out, "result": gathered }));
        if lines.json {
            return Ok(());
        }
        print_cross_validation(&gathered);
        println!("written to {}", self.out.join("cross_validation.json").display());
        println!("picture: {}", self.out.join("cross_validation.svg").display());
        println!("report: {}", page.display());
        Ok(())
    }

    fn folder(&self, fold: usize) -> PathBuf {
        CrossValidation::fold_folder(&self.out, fold)
    }

    fn wanted(&self, split: &Split) -> Vec<usize> {
        let all = || (0..split.folds().len()).collect();
        self.folds.clone().unwrap_or_else(all)
    }

    fn origin() -> RunOrigin {
        RunOrigin::to("cross-validate", Some(".."))
    }

    fn train_here(
        &self,
        recipe: &Recipe,
        split: &Split,
        data: &DataSet,
        device: Device,
    ) -> anyhow::Result<()> {
        let mut recording = Recording {
            recorder: self.store.recorder(&self.out, device),
            origin: Self::origin(),
            lines: self.lines,
        };
        for fold in self.wanted(split) {
            let subjects = split.fold(fold)?.clone();
            let description = RunDescription::new(data, Some(fold), subjects);
            let folder = self.folder(fold);
            if folder.join("report.json").exists() {
                // Refuses a run of another recipe; a finished one is not touched.
                Run::begin(&folder, recipe, &description)?;
                recording.recorder.index(&folder);
                eprintln!("fold {fold} is done already");
                continue;
            }
            train(&folder, recipe, &description, data, device, None, &mut recording)
                .with_context(|| format!("fold {fold}"))?;
            let report = evaluate_run(&Run::open(&folder)?, data, device)?;
            recording.recorder.index(&folder);
            self.lines
                .say_of(&folder, &json!({ "event": "report", "report": report }));
            if !self.lines.json {
                print_report(&report);
            }
            if listen()?.is_asked() {
                return Err(Interrupted::new(&folder, "its evaluation".to_owned()).into());
            }
        }
        Ok(())
    }

    fn launch_jobs(
        &self,
        recipe: &Recipe,
        split: &Split,
        file: &Path,
        device: Device,
        threads: Option<usize>,
    ) -> anyhow::Result<()> {
        let planned = self.wanted(split).into_iter().map(|fold| {
            split.fold(fold)?;
            Ok(PlannedJob {
                name: format!("fold {fold}"),
                folder: self.folder(fold),
                recipe: recipe.clone(),
                split: file.to_owned(),
                fold,
                origin: Self::origin(),
            })
        });
        let planned: Vec<PlannedJob> = planned.collect::<anyhow::Result<_>>()?;
        let mut recorder = self.store.recorder(&self.out, device);
        let outcome = self
            .launch
            .launch(&planned, &self.data, &self.out, device, threads, &mut recorder)?;
        require_all(&outcome, planned.len())
    }

    fn say(&self, recipe: &Recipe, device: Device) -> anyhow::Result<()> {
        let collection = self.data.listed(recipe)?;
        let split = split_of(self.split.as_deref(), recipe, &collection)?;
        let jobs = self.wanted(&split).into_iter().map(|fold| {
            Ok(PlannedRun {
                folder: self.folder(fold),
                recipe: recipe.clone(),
                values: Vec::new(),
                sides: Sides::of(split.fold(fold)?, &collection),
                done: self.folder(fold).join("report.json").exists(),
            })
        });
        let jobs: Vec<PlannedRun> = jobs.collect::<anyhow::Result<_>>()?;
        let at_once = self.launch.at_once(jobs.len(), device);
        say(&jobs, &collection, at_once, device, &self.store.path(&self.out))
    }
}

/// Folds of the split that lies in the folder; 0 where none does.
pub(super) fn begun_folds(folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join("split.json")).unwrap_or_default();
    let split: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    split["folds"].as_array().map_or(0, Vec::len)
}
