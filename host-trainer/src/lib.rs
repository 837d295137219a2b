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
mod nearest;
pub mod network;
mod progress_bar;
pub mod quantize;
mod runs;
#[cfg(test)]
mod specimens;
pub mod switches;
mod tensorboard;
mod train;

pub use error::{Error, ErrorKind};
