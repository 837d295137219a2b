use super::data_options::DataOptions;
use super::output::{StoreOption, warn_of};
use super::table::print_report;
use crate::evaluate::{Comparison, Evaluated, evaluate_run};
use crate::train::Run;
use clap::Args;
use std::path::PathBuf;
use tch::Device;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: DataOptions,
    /// Folder of a finished run of one fold
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    store: StoreOption,
    /// Evaluated run, or cross-validation, of the same test cells to compare with afterwards
    #[arg(long, value_name = "RUN")]
    against: Option<PathBuf>,
}

impl Options {
    pub(crate) fn run(self, device: Device) -> anyhow::Result<()> {
        let run = Run::open(&self.run)?;
        // Refused before the work, if there is nothing to compare with.
        let against = self.against.as_deref().map(Evaluated::open).transpose()?;
        let data = self.data.load(run.recipe(), &self.run)?;
        warn_of("this run", &run.description().subjects, data.collection());
        let report = evaluate_run(&run, &data, device)?;
        self.store.recorder(&self.run, device).index(&self.run);
        print_report(&report);
        println!("written to {}", self.run.join("report.json").display());
        println!("picture: {}", self.run.join("report.svg").display());
        println!("report: {}", self.run.join("report.html").display());
        if let Some(against) = against {
            println!();
            for line in Comparison::of(&Evaluated::open(&self.run)?, &against)?.lines() {
                println!("{line}");
            }
        }
        Ok(())
    }
}
