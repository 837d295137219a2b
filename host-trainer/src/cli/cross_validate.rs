use super::data_options::DataOptions;
use super::optimism::warn;
use super::table::{print_cross_validation, print_report};
use super::train::{RecipeOptions, split_of, train};
use anyhow::{Context, ensure};
use blastscope_train::data::Split;
use blastscope_train::evaluate::{CrossValidation, Evaluated, evaluate_run, write_page};
use blastscope_train::train::{Run, RunDescription};
use clap::Args;
use std::path::PathBuf;
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
}

impl Options {
    pub fn run(self, device: Device) -> anyhow::Result<()> {
        let recipe = self.recipe.read()?;
        let data = self.data.load(&recipe, &self.out)?;
        let split = split_of(self.split.as_deref(), &recipe, &data)?;
        warn(split.folds(), data.collection());
        let file = self.out.join("split.json");
        if file.exists() {
            let before = Split::read(&file, data.collection())?;
            ensure!(
                before.fingerprint() == split.fingerprint(),
                "{} was made for another split: give another --out, or the data, recipe and split it was begun with",
                file.display()
            );
        } else {
            split.write(&file)?;
        }
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
            train(&folder, &recipe, &description, &data, device, None)
                .with_context(|| format!("fold {fold}"))?;
            let report = evaluate_run(&Run::open(&folder)?, &data, device)?;
            print_report(&report);
        }
        let done = |k: &usize| {
            CrossValidation::fold_folder(&self.out, *k)
                .join("report.json")
                .exists()
        };
        let open: Vec<String> = (0..count).filter(|k| !done(k)).map(|k| k.to_string()).collect();
        if !open.is_empty() {
            println!(
                "folds to do: {}; the last one to end gathers all",
                open.join(", ")
            );
            return Ok(());
        }
        let gathered = CrossValidation::gather(&self.out, count)?;
        let page = write_page(&Evaluated::open(&self.out)?, Some((&data, device)))?;
        print_cross_validation(&gathered);
        println!("written to {}", self.out.join("cross_validation.json").display());
        println!("picture: {}", self.out.join("cross_validation.svg").display());
        println!("report: {}", page.display());
        Ok(())
    }
}
