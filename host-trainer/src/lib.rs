//! Trains white-cell classifiers and releases them as signed, quantised model packages.

pub mod network;
