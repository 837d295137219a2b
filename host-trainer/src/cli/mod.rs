//! The command line: parse, resolve, run.

mod bench;
mod compare;
mod crop_blasts;
mod cross_validate;
mod cut;
mod data_options;
mod distill;
mod dry_run;
mod ensemble;
mod evaluate;
mod export;
mod grid;
mod grid_layout;
mod interruption;
mod job;
mod key;
mod launch;
mod network;
mod network_overview;
mod networks;
mod output;
mod pack;
mod probe;
mod protocol;
mod published_table;
mod recipes;
mod report;
mod runs;
mod split;
mod table;
mod train;

use clap::{Parser, Subcommand};
use interruption::{EXIT, Interrupted};
use std::process::ExitCode;
use tch::Device;

/// Runs what the arguments of this process ask for on `device`. An error is printed; one of Ctrl-C gives the exit
/// status of a program that it ended.
pub fn run(device: Device) -> ExitCode {
    match Command::parse().run(device) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            if let Some(interrupted) = e.downcast_ref::<Interrupted>() {
                eprintln!("{interrupted}");
                return ExitCode::from(EXIT);
            }
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

/// Trains white-cell classifiers and releases them as signed, quantised model packages.
///
/// Decision support for trained personnel, not a diagnosis.
#[derive(Debug, Parser)]
#[command(version, name = "blastscope-train")]
struct Command {
    /// Threads to compute on; by default as many as there are cores
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Take the time of training steps, a round for each line `go` of standard input
    #[command(hide = true)]
    Bench(bench::Options),
    /// Cut the blasts of ALL-IDB1 out of their fields, by its centroids
    CropBlasts(crop_blasts::Options),
    /// Cut the cells of several sources out of pictures and fields, as the device does, into a pack
    Cut(cut::Options),
    /// Split a data set into folds, subjects apart unless told otherwise, and write them as a file
    Split(split::Options),
    /// Decode a data set once into one file, which takes the place of its folder
    Pack(pack::Options),
    /// List the recipes and see whether they can be run
    Recipes(recipes::Options),
    /// Train one network; given again, goes on where it stopped
    Train(train::Options),
    /// Train and evaluate every fold, then gather them; given again, goes on where it stopped
    CrossValidate(cross_validate::Options),
    /// Combine evaluated runs into weighted ensembles, chosen and weighed on validation cells
    Ensemble(ensemble::Options),
    /// Train one student from an ensemble or from several runs; given again, goes on where it stopped
    Distill(Box<distill::Options>),
    /// Fit the last layer of a pretrained network on cells of several sources, and say how good that is on subjects and
    /// sources left out
    Probe(Box<probe::Options>),
    /// Carry a published protocol through, from training to its table
    Protocol(protocol::Options),
    /// Train and evaluate every combination of some values of a recipe, over folds and seeds; given again, goes on
    /// where it stopped
    Grid(Box<grid::Options>),
    /// List, show, compare and rank the runs that the run store knows
    Runs(runs::Options),
    /// One training of a launcher
    #[command(hide = true)]
    Job(job::Options),
    /// Evaluate a trained fold on its test subjects
    Evaluate(evaluate::Options),
    /// Write report.html of an evaluated run or cross-validation again
    Report(report::Options),
    /// Compare two evaluations on the same test cells
    Compare(compare::Options),
    /// Quantise a trained network and release it as a signed package
    Export(export::Options),
    /// Keys that packages are signed with
    Key(key::Options),
    /// List the networks with their parameters, multiply-accumulates and memory
    Networks(networks::Options),
    /// Count one network node by node, or draw it
    Network(network::Options),
}

impl Command {
    /// Runs the chosen action.
    fn run(self, device: Device) -> anyhow::Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let given = self.threads.map(usize::from);
        let threads = given.unwrap_or(cores);
        tch::set_num_threads(threads as i32);
        crate::libtorch_ffi::keep_freed_memory()?;
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()?;
        match self.action {
            Action::Bench(o) => o.run(device),
            Action::CropBlasts(o) => o.run(),
            Action::Cut(o) => o.run(),
            Action::Split(o) => o.run(),
            Action::Pack(o) => o.run(),
            Action::Recipes(o) => o.run(),
            Action::Train(o) => o.run(device),
            Action::CrossValidate(o) => o.run(device, given),
            Action::Grid(o) => o.run(device, given),
            Action::Runs(o) => o.run(),
            Action::Job(o) => o.run(device),
            Action::Ensemble(o) => o.run(),
            Action::Distill(o) => o.run(device),
            Action::Probe(o) => o.run(device),
            Action::Protocol(o) => o.run(device),
            Action::Evaluate(o) => o.run(device),
            Action::Report(o) => o.run(device),
            Action::Compare(o) => o.run(),
            Action::Export(o) => o.run(device),
            Action::Key(o) => o.run(),
            Action::Networks(o) => o.run(),
            Action::Network(o) => o.run(),
        }
    }
}
