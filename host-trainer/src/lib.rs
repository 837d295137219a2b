//! Trains white-cell classifiers and releases them as signed, quantised model packages.

pub mod cuda;
pub mod data;
pub mod durable_file;
mod error;
pub mod evaluate;
pub mod export;
mod nearest;
pub mod network;
mod progress;
pub mod quantize;
#[cfg(test)]
mod specimens;
pub mod tensorboard;
pub mod train;

pub use error::{Error, ErrorKind};
