//! `blastscope-train`: trains, compares, quantises and releases classifiers.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else of libtorch: see the module.
    let device = blastscope_train::cuda::choose_device();
    blastscope_train::cli::run(device)
}
