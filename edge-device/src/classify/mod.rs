//! From crops to calibrated probabilities: a signed package, run by tract.

mod cell;
mod classifier;
mod in_order;
mod network;
mod source;

pub use cell::{cell_of_picture, crop_found, input_of_picture};
pub use classifier::{Classifier, ClassifierWorker, Measured, ModelName, PrecisionChoice};
pub use in_order::in_order;
pub use network::{Network, NetworkRunner};
pub use source::{ModelSource, locate};

#[cfg(test)]
mod tests;
