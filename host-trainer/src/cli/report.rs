use super::data_options::DataOptions;
use crate::evaluate::{Evaluated, write_page};
use clap::Args;
use std::path::PathBuf;
use tch::Device;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of the data set that it was evaluated on; without it no cells are shown
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// As it was evaluated with
    #[arg(long, requires = "data")]
    skip_unreadable: bool,
    /// As it was evaluated with
    #[arg(long, value_name = "N", requires = "data")]
    limit: Option<usize>,
    /// Folder for decoded cells; by default `cache` beside the output
    #[arg(long, value_name = "DIR", requires = "data")]
    cache: Option<PathBuf>,
    /// Folder of an evaluated run
    #[arg(
        long,
        value_name = "RUN",
        required_unless_present = "folds",
        conflicts_with = "folds"
    )]
    run: Option<PathBuf>,
    /// Folder of a cross-validation that has ended
    #[arg(long, value_name = "DIR")]
    folds: Option<PathBuf>,
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        let folder = self.run.or(self.folds).unwrap_or_default();
        let evaluated = Evaluated::open(&folder)?;
        let data = match (self.data, evaluated.parts().first()) {
            (Some(data), Some(part)) => {
                let options = DataOptions::of(data, self.skip_unreadable, self.limit, self.cache);
                Some(options.load(part.run.recipe(), &folder)?)
            }
            _ => None,
        };
        if data.is_none() {
            eprintln!("without --data, the report shows no pictures of cells");
        }
        let page = write_page(&evaluated, data.as_ref().map(|d| (d, device)))?;
        println!("report: {}", page.display());
        Ok(())
    }
}
