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
pub mod libtorch_ffi;
mod nearest;
pub mod network;
mod progress;
pub mod runs;
pub mod tensorboard;
#[cfg(test)]
mod test_fixtures;
pub mod train;

pub use error::{Error, ErrorKind};
