//! The libtorch reader of a graph: its variables, forward passes and gradients, and what libtorch computes for
//! quantisation.

mod arithmetic;
mod freeze;
mod frozen;
mod in_place;
mod masked;
mod penalty;
mod predict;
mod pretrained;
mod rng_replay;
mod tch_reader;
mod tensors;

pub use arithmetic::LibtorchArithmetic;
pub(crate) use predict::predict;
pub use tch_reader::Network;
pub(crate) use tensors::{input_tensor, label_logits};

#[cfg(test)]
mod fold_batch_norm_tests;
#[cfg(test)]
mod head_tests;
#[cfg(test)]
mod masked_tests;
#[cfg(test)]
mod operation_tests;
#[cfg(test)]
mod quantise_tests;
