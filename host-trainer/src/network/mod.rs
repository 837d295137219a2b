//! A network is data: a graph of named nodes, built by a few lines. Three readers walk the same
//! graph: [`tch_reader`] trains and evaluates, `export::onnx` writes it, [`account`]
//! counts. What is trained is what is exported.

pub mod account;
pub mod builder;
pub mod dense;
pub mod draw;
mod draws;
mod error;
pub mod fold;
pub mod formula;
mod freeze;
pub mod graph;
pub mod head;
mod in_place;
pub mod normalisation;
pub mod parameters;
mod penalty;
pub mod pretrained;
mod projection;
pub mod published;
pub mod registry;
pub mod request;
pub mod shape;
pub mod tch_reader;
pub mod weights;
mod zoo;

#[cfg(test)]
mod operation_tests;

pub use builder::Builder;
pub use error::{Error, ErrorKind};
pub(crate) use freeze::trained_names;
pub use graph::{Conv, Graph, HEAD, Initialisation, Node, NodeId, Op, Penalty, Pool};
pub use registry::by_name;
pub use shape::Shape;
pub use tch_reader::Network;
pub use weights::{Array, Weights};
