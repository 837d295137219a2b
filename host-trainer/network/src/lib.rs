//! Networks as data: a graph of named nodes, built by a few lines, which several readers walk. This crate counts it
//! ([`account`]), draws it, folds its norms, quantises it and writes it as ONNX; the trainer's reader trains it.
//! What is trained is what is exported. No libtorch, and nothing of tract but the types of ONNX's messages.

pub mod account;
mod draw;
mod error;
mod fold_batch_norm;
pub mod formula;
mod graph;
pub mod onnx;
pub mod pretrained;
pub mod quantise;
mod weights;
pub mod zoo;

pub use draw::draw;
pub use error::{Error, ErrorKind};
pub use fold_batch_norm::{fold_batch_norm, folded_graph};
pub use graph::{
    Builder, Conv, Graph, HEAD, Initialisation, MASK_EPS, Node, NodeId, Op, Penalty, Pool, Shape,
    features_graph, parameters,
};
pub use weights::{Array, Weights};
pub use zoo::by_name;
