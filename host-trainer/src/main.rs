//! `blastscope-train`: trains, compares, quantises and releases classifiers.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else of libtorch: see the module.
    let device = blastscope_train::cuda::choose_device();
    match cli::Command::parse().run(device) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            if let Some(interrupted) = e.downcast_ref::<cli::Interrupted>() {
                eprintln!("{interrupted}");
                return ExitCode::from(cli::EXIT);
            }
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}
