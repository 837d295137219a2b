//! Trains white-cell classifiers and releases them as signed, quantised model packages.

pub mod cuda;
pub mod data;
pub mod durable_file;
pub mod ensemble;
mod error;
pub mod estimate;
pub mod evaluate;
pub mod export;
pub mod grid;
pub mod jobs;
mod nearest;
pub mod network;
mod progress;
pub mod quantize;
pub mod runs;
#[cfg(test)]
mod specimens;
pub mod switches;
pub mod tensorboard;
pub mod train;

pub use error::{Error, ErrorKind};
