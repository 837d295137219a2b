use blastscope_shared::class::LabelSet;
use blastscope_train::data::{Collection, SplitPlan, SplitUnit};
use blastscope_train::train::Recipe;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Options {
    /// Folder of the data set
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Recipe whose numbers to take
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
}

impl Options {
    pub fn run(self) -> anyhow::Result<()> {
        let mut plan = SplitPlan {
            folds: 5,
            seed: 1,
            validation_share: 1.0 / 6.0,
            unit: SplitUnit::Subject,
        };
        if let Some(path) = &self.recipe {
            plan = Recipe::read(path)?.split;
        }
        plan.folds = self.folds.unwrap_or(plan.folds);
        plan.seed = self.seed.unwrap_or(plan.seed);
        plan.validation_share = self.validation_share.unwrap_or(plan.validation_share);
        let collection = Collection::read(&self.data, &LabelSet::lymphoblast())?;
        collection.summary().iter().for_each(|line| eprintln!("{line}"));
        let split = plan.split(&collection)?;
        split.write(&self.out)?;
        for line in split.describe(&collection) {
            println!("{line}");
        }
        println!("written to {}", self.out.display());
        Ok(())
    }
}
