use blastscope_shared::class::LabelSet;
use blastscope_train::network::{account, registry};
use blastscope_train::train::Recipe;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Options {
    /// Count the network of this recipe, node by node
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// As JSON
    #[arg(long, requires = "recipe")]
    json: bool,
}

impl Options {
    pub fn run(self) -> anyhow::Result<()> {
        let Some(path) = &self.recipe else {
            registry::NAMES.iter().for_each(|name| println!("{name}"));
            return Ok(());
        };
        let count = account::count(&Recipe::read(path)?.graph(&LabelSet::lymphoblast())?);
        if self.json {
            println!("{}", serde_json::to_string_pretty(&count)?);
        } else {
            println!("{count}");
        }
        Ok(())
    }
}
