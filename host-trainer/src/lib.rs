//! Trains white-cell classifiers and releases them as signed, quantised model packages.

pub mod export;
pub mod network;
pub mod quantize;

#[cfg(test)]
mod specimens;
