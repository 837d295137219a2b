use super::output::warn;
use crate::data::{Collection, DataChoice, Split, SplitPlan, SplitUnit, list};
use crate::train::Recipe;
use anyhow::ensure;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of the data set, or a file that `pack` wrote
    #[arg(long, value_name = "DIR|PACK")]
    data: PathBuf,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Recipe whose layout and numbers to take
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// Number of folds [default: of the recipe, or 5]
    #[arg(long)]
    folds: Option<usize>,
    /// Seed of ties and draws [default: of the recipe, or 1]
    #[arg(long)]
    seed: Option<u64>,
    /// Share of the untested cells that validates [default: of the recipe, or 1/6]
    #[arg(long)]
    validation_share: Option<f64>,
    /// Share that is held out first and tested by every fold; a fold is then validated on what it leaves out of
    /// the rest [default: of the recipe, or 0]
    #[arg(long)]
    holdout: Option<f64>,
    /// What stands on one side only: subjects, or single images, which is optimistic [default: of the recipe,
    /// or subject]
    #[arg(long, value_parser = ["subject", "image"])]
    unit: Option<String>,
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut plan = SplitPlan {
            folds: 5,
            seed: 1,
            validation_share: 1.0 / 6.0,
            unit: SplitUnit::Subject,
            holdout: 0.0,
        };
        let mut choice = DataChoice::default();
        if let Some(path) = &self.recipe {
            let recipe = Recipe::read(path)?;
            (plan, choice) = (recipe.split, recipe.data);
        }
        plan.unit = match self.unit.as_deref() {
            Some("image") => SplitUnit::Image,
            Some(_) => SplitUnit::Subject,
            None => plan.unit,
        };
        plan.folds = self.folds.unwrap_or(plan.folds);
        plan.seed = self.seed.unwrap_or(plan.seed);
        plan.holdout = self.holdout.unwrap_or(plan.holdout);
        plan.validation_share = self.validation_share.unwrap_or(plan.validation_share);
        let collection = if self.data.is_file() {
            let collection = Collection::of_pack(&self.data)?;
            collection.check_unit(plan.unit)?;
            collection
        } else {
            let listing = list(&self.data, &choice)?;
            listing.check_unit(plan.unit)?;
            Collection::of(&self.data, listing)?
        };
        collection.summary().iter().for_each(|line| eprintln!("{line}"));
        let split = plan.split(&collection)?;
        warn(split.folds(), &collection);
        split.write(&self.out)?;
        for line in split.describe(&collection) {
            println!("{line}");
        }
        println!("written to {}", self.out.display());
        Ok(())
    }
}

/// Writes `split.json` into the folder of several runs, or refuses a split other than the one that lies there.
pub(crate) fn keep_split(out: &Path, split: &Split, collection: &Collection) -> anyhow::Result<PathBuf> {
    let file = out.join("split.json");
    if !file.exists() {
        split.write(&file)?;
        return Ok(file);
    }
    let before = Split::read(&file, collection)?;
    ensure!(
        before.fingerprint() == split.fingerprint(),
        "{} was made for another split: give another --out, or the data, recipe and split it was begun with",
        file.display()
    );
    Ok(file)
}
