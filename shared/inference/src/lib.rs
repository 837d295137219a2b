//! From a signed model package to calibrated probabilities: its networks, run by tract. What the device runs is what the
//! trainer's export checks.

mod classifier;
mod error;
mod network;
mod onnx;
mod source;
#[cfg(any(test, feature = "test-package"))]
pub mod test_package;
#[cfg(test)]
mod tests;

pub use classifier::{Classifier, ClassifierWorker, Measured, ModelName, NumberFormatChoice};
pub use error::{Error, ErrorKind, Result};
pub use network::{Network, NetworkRunner};
pub use onnx::OnnxNetwork;
pub use source::{ModelSource, locate};
