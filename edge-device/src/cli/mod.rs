//! The command line: parse, resolve, run. JSON lines on stdout, everything else on stderr.

mod batch;
mod calibrate;
mod classify;
mod drawings;
mod find;
mod log;
mod model;
mod options;
mod output;
mod screen;
mod self_test;
pub(crate) mod sentences;
mod serve;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(
    name = "blastscope",
    version,
    about = "A microscope screen for acute lymphoblastic leukaemia: finds, classifies and counts white cells",
    after_help = blastscope_shared::DISCLAIMER
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Classify pictures of single cells
    Classify(classify::Arguments),
    /// Find the white cells of fields
    Find(find::Arguments),
    /// Count the cells of all fields of one slide
    Screen(screen::Arguments),
    /// Measure how many nanometres a pixel is
    Calibrate(calibrate::Arguments),
    /// Run the device: camera, pipeline, database and page
    Serve(serve::Arguments),
    /// Look at a model package
    #[command(subcommand)]
    Model(model::Command),
    /// Check that this device works: model, finder and store
    SelfTest(self_test::Arguments),
}

/// Runs the command of this process.
pub fn run() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    log::start();
    let done = match arguments.command {
        Command::Classify(a) => classify::run(&a),
        Command::Find(a) => find::run(&a),
        Command::Screen(a) => screen::run(&a),
        Command::Calibrate(a) => calibrate::run(&a),
        Command::Serve(a) => serve::run(a),
        Command::Model(c) => model::run(c),
        Command::SelfTest(a) => self_test::run(&a),
    };
    match done {
        Err(e) if output::is_closed_pipe(&e) => Ok(ExitCode::SUCCESS),
        other => other,
    }
}
