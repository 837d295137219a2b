//! Post-training quantisation to int8, in the one form that runs in integers on the device: a chain of
//! convolutions with their ReLU in the output range, per-tensor scales, and an f32 head.
//!
//! Norms are folded, channels equalised across layers (Nagel et al. 2019), weights rounded at the scale of
//! least error, biases corrected and activation ranges chosen on calibration cells, layer after layer.

mod activations;
pub mod chain;
pub mod equalize;
pub mod network;
mod quantizer;
mod rounding;
pub mod simulate;

pub use network::{Layer, QuantizedConv, QuantizedNetwork, Quantum};
pub use quantizer::{LayerReport, quantize};

#[cfg(test)]
mod tests;
