//! Post-training quantisation to int8, in the one form that runs in integers on the device: a chain of
//! convolutions with their ReLU in the output range, per-tensor scales, and an f32 head.
//!
//! Norms are folded, channels equalised across layers (Nagel et al. 2019), weights rounded at the scale of
//! least error, biases corrected and activation ranges chosen on calibration cells, layer after layer. What
//! computes the cells is handed in: [`Arithmetic`].

mod activations;
mod arithmetic;
mod chain;
mod equalise;
mod network;
mod quantiser;
mod rounding;
mod simulate;

pub use arithmetic::Arithmetic;
pub use chain::{Chain, ChainLayer, ConvLayer};
pub use equalise::equalise;
pub use network::{Layer, QuantizedConv, QuantizedNetwork, Quantum};
pub use quantiser::{LayerReport, quantise};
pub use simulate::Simulated;
