use super::data_options::DataOptions;
use super::interruption::{Interrupted, listen};
use super::lines::Lines;
use super::optimism::warn;
use super::split::keep_split;
use super::table::{print_cross_validation, print_report};
use super::train::{RecipeOptions, split_of, train};
use anyhow::{Context, ensure};
use blastscope_train::evaluate::{CrossValidation, evaluate_run};
use blastscope_train::train::{Run, RunDescription};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use tch::Device;

#[derive(Debug, Args)]
pub struct Options {
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
    lines: Lines,
}

impl Options {
    /// Folders of the runs that this command goes on with: those of the folds asked for, or of all folds of
    /// the split that it was begun with.
    fn folders(&self) -> Vec<PathBuf> {
        let folder = |k: usize| CrossValidation::fold_folder(&self.out, k);
        match &self.folds {
            Some(folds) => folds.iter().map(|k| folder(*k)).collect(),
            None => (0..begun_folds(&self.out)).map(folder).collect(),
        }
    }

    pub fn run(self, device: Device) -> anyhow::Result<()> {
        let lines = self.lines;
        let recipe = self.recipe.read_for(&self.folders())?;
        let data = self.data.load(&recipe, &self.out)?;
        let split = split_of(self.split.as_deref(), &recipe, &data)?;
        warn(split.folds(), data.collection());
        ensure!(
            !split.has_holdout(),
            "every fold of this split tests the same hold-out: give --set split.holdout=0, or run `protocol wen2025`"
        );
        keep_split(&self.out, &split, &data)?;
        let count = split.folds().len();
        for fold in self.folds.unwrap_or_else(|| (0..count).collect()) {
            let subjects = split.fold(fold)?.clone();
            let description = RunDescription::new(&data, Some(fold), subjects);
            let folder = CrossValidation::fold_folder(&self.out, fold);
            if folder.join("report.json").exists() {
                // Refuses a run of another recipe; a finished one is not touched.
                Run::begin(&folder, &recipe, &description)?;
                eprintln!("fold {fold} is done already");
                continue;
            }
            train(&folder, &recipe, &description, &data, device, None, lines)
                .with_context(|| format!("fold {fold}"))?;
            let report = evaluate_run(&Run::open(&folder)?, &data, device)?;
            lines.say_of(&folder, &json!({ "event": "report", "report": report }));
            if !lines.json {
                print_report(&report);
            }
            if listen()?.is_asked() {
                return Err(Interrupted::new(&folder, "its evaluation".to_owned()).into());
            }
        }
        let done = |k: &usize| {
            CrossValidation::fold_folder(&self.out, *k)
                .join("report.json")
                .exists()
        };
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
        lines.say(&json!({ "event": "cross-validation", "folder": self.out, "result": gathered }));
        if lines.json {
            return Ok(());
        }
        print_cross_validation(&gathered);
        println!("written to {}", self.out.join("cross_validation.json").display());
        println!("picture: {}", self.out.join("cross_validation.svg").display());
        Ok(())
    }
}

/// Folds of the split that lies in the folder; 0 where none does.
fn begun_folds(folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join("split.json")).unwrap_or_default();
    let split: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    split["folds"].as_array().map_or(0, Vec::len)
}
