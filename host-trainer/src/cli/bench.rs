use super::data_options::DataOptions;
use super::train::RecipeOptions;
use crate::train::Bench;
use clap::Args;
use std::path::Path;
use tch::Device;

/// Trains for the time it takes: after the warm-up, each line of standard input that says `go` is answered by
/// a round of steps and a JSON line. `scripts/bench-training` lets other programs run between the rounds.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// Steps a round
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Steps before the first round
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    warm_up: u32,
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        let recipe = self.recipe.read_for(&[])?;
        let data = self.data.load(&recipe, Path::new("runs/bench"))?;
        let mut bench = Bench::new(&recipe, &data, device)?;
        bench.round(self.warm_up as usize)?;
        eprintln!("{}", bench.describe());
        println!("ready");
        for line in std::io::stdin().lines() {
            if line?.trim() != "go" {
                break;
            }
            println!("{}", serde_json::to_string(&bench.round(self.steps as usize)?)?);
        }
        Ok(())
    }
}
