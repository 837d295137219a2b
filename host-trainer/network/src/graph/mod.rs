//! The graph: named nodes in an order in which each comes after its inputs.

mod builder;
mod features;
mod operation;
pub mod parameters;
mod projection;
mod shape;

pub use builder::Builder;
pub use features::features_graph;
pub use operation::{Conv, MASK_EPS, Op, Pool};
pub(crate) use projection::is_projection;
pub use shape::Shape;

use serde::{Deserialize, Serialize};

/// Name of the block that stands between the features and the logits.
pub const HEAD: &str = "head";

/// A node of one graph; by default the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

impl NodeId {
    /// Position of the node in its graph.
    pub fn index(self) -> usize {
        self.0
    }
}

/// One step of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Unique in its graph, such as `stage1.conv`; its parameters are named after it.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Whose outputs it takes.
    pub inputs: Vec<NodeId>,
    /// Shape of its output for one picture.
    pub shape: Shape,
    /// Place of its block in [`Graph::blocks`].
    pub block: usize,
}

/// A term that a node adds to the loss in training, as Keras names them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Penalty {
    /// This times the sum of the squares of the node's `weight`.
    KernelL2(f64),
    /// This times the sum of the magnitudes of the node's `bias`.
    BiasL1(f64),
    /// This times the sum of the magnitudes of the node's output, divided by the batch.
    ActivationL1(f64),
}

/// How the weights of convolutions and linear maps begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Initialisation {
    /// Uniform in ±1/√fan_in, biases too (LeCun et al. 1998).
    #[default]
    LeCun,
    /// Convolutions normal with deviation √(2/fan_out), biases zero (He et al. 2015); linear maps as LeCun.
    He,
    /// Uniform in ±√(6/(fan_in + fan_out)), biases zero (Glorot and Bengio 2010).
    Xavier,
}

/// A network, as data. Made by [`Builder`], which refuses what cannot be.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) output: NodeId,
    blocks: Vec<String>,
    penalties: Vec<(NodeId, Penalty)>,
    initialisation: Initialisation,
}

impl Graph {
    /// Nodes in order of computation; the first is the input.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Ids and nodes in order of computation.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, n)| (NodeId(i), n))
    }

    /// A node of this graph.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// Shape of the first input of a node; of the picture for the input node itself.
    pub fn input_shape(&self, node: &Node) -> Shape {
        node.inputs.first().map_or(node.shape, |id| self.node(*id).shape)
    }

    /// The picture's shape: channels, height, width.
    pub fn input(&self) -> Shape {
        self.nodes[0].shape
    }

    /// Names of the blocks in order of computation: what fine-tuning freezes and thaws. The last one is
    /// the head where the network has one of that name.
    pub fn blocks(&self) -> &[String] {
        &self.blocks
    }

    /// What nodes add to the loss in training.
    pub fn penalties(&self) -> &[(NodeId, Penalty)] {
        &self.penalties
    }

    /// How the weights begin.
    pub fn initialisation(&self) -> Initialisation {
        self.initialisation
    }

    /// The node whose output is the network's.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// How many numbers the network puts out: its logits, and what its head has beside them.
    pub fn labels(&self) -> usize {
        self.node(self.output).shape.count()
    }

    /// For each node, the last node that takes its output; the network's output is kept to the end.
    pub fn last_uses(&self) -> Vec<NodeId> {
        let mut last: Vec<NodeId> = (0..self.nodes.len()).map(NodeId).collect();
        for (id, node) in self.iter() {
            for input in &node.inputs {
                last[input.0] = id;
            }
        }
        last[self.output.0] = NodeId(self.nodes.len() - 1);
        last
    }

    /// The nodes that take a node's output.
    pub fn users(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.iter()
            .filter(move |(_, n)| n.inputs.contains(&id))
            .map(|(i, _)| i)
    }
}
