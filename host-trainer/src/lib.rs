//! Trains white-cell classifiers and releases them as signed, quantised model packages.

pub mod cli;
pub mod cuda;
pub mod data;
mod durable_file;
mod ensemble;
mod error;
mod estimate;
mod evaluate;
pub mod export;
mod grid;
mod jobs;
pub mod libtorch_ffi;
mod nearest;
pub mod network;
mod probe;
mod progress_bar;
mod runs;
mod tensorboard;
#[cfg(test)]
mod test_fixtures;
mod train;

pub use error::{Error, ErrorKind};
