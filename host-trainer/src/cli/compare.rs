use crate::durable_file;
use crate::evaluate::{Comparison, Evaluated};
use blastscope_shared::DISCLAIMER;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of an evaluated run, or of a cross-validation that has ended
    #[arg(value_name = "FIRST")]
    first: PathBuf,
    /// Another one, evaluated on the same test cells
    #[arg(value_name = "SECOND")]
    second: PathBuf,
    /// File to write the comparison to, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let comparison = Comparison::of(&Evaluated::open(&self.first)?, &Evaluated::open(&self.second)?)?;
        for line in comparison.lines() {
            println!("{line}");
        }
        println!("{DISCLAIMER}");
        if let Some(path) = &self.out {
            let text = serde_json::to_string_pretty(&comparison)? + "\n";
            durable_file::write(path, text.as_bytes())?;
            println!("written to {}", path.display());
        }
        Ok(())
    }
}
