//! The graph: named nodes in an order in which each comes after its inputs.

use super::shape::Shape;
use serde::{Deserialize, Serialize};

/// Name of the block that stands between the features and the logits.
pub const HEAD: &str = "head";

/// A node of one graph; by default the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) usize);

impl NodeId {
    /// Position of the node in its graph.
    pub fn index(self) -> usize {
        self.0
    }
}

/// A two-dimensional convolution; its input channels are those of its input. Pairs are height, width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// Channels of the output.
    pub outputs: usize,
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Step between outputs.
    pub stride: [usize; 2],
    /// Zeros added on either side.
    pub padding: [usize; 2],
    /// Step between the taps of the kernel.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Whether a constant is added to each output channel.
    pub bias: bool,
}

impl Conv {
    /// A square kernel at stride 1 that keeps the size of its input, without bias.
    pub fn same(outputs: usize, kernel: usize) -> Self {
        Self {
            outputs,
            kernel: [kernel; 2],
            stride: [1; 2],
            padding: [kernel / 2; 2],
            dilation: [1; 2],
            groups: 1,
            bias: false,
        }
    }

    /// The same convolution at another stride.
    pub fn stride(self, stride: usize) -> Self {
        Self {
            stride: [stride; 2],
            ..self
        }
    }
}

/// A pooling window. Pairs are height, width; padding wins no maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Size of the window.
    pub kernel: [usize; 2],
    /// Step between outputs.
    pub stride: [usize; 2],
    /// Pixels added on either side, at most half the window.
    pub padding: [usize; 2],
}

impl Pool {
    /// A square window.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
        }
    }
}

/// What a node computes. All readers know all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    /// The picture.
    Input,
    /// Convolution.
    Conv(Conv),
    /// Batch normalisation (Ioffe and Szegedy 2015) with running statistics.
    BatchNorm {
        /// Added to the variance.
        eps: f64,
        /// Weight of the newest batch in the running statistics.
        momentum: f64,
    },
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// min(SELU(x), 6), SELU with the constants of Klambauer et al. 2017.
    Selu6,
    /// x * sigmoid(x).
    Silu,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// Sum of two or more inputs of one shape.
    Add,
    /// A map times another one, or times one number a channel (`c x 1 x 1`).
    Mul,
    /// Inputs side by side along the channels.
    Concat,
    /// Largest value of each window.
    MaxPool(Pool),
    /// Mean of each window, over its pixels without padding.
    AvgPool(Pool),
    /// Mean of each window in which padding counts as zeros.
    ZeroPaddedAvgPool(Pool),
    /// Mean of each channel.
    GlobalAveragePool,
    /// A map as a vector: channels, then rows, then columns.
    Flatten,
    /// In training, sets a share of the values to zero and scales the rest (Srivastava et al. 2014).
    Dropout {
        /// Share that is set to zero.
        share: f64,
    },
    /// In training, sets a picture's whole map to zero with this probability and scales the others
    /// (Huang et al. 2016).
    StochasticDepth {
        /// Share of the pictures whose map is set to zero.
        share: f64,
    },
    /// (x - mean) / sd of each colour of the picture.
    Normalise {
        /// Taken off each colour.
        mean: [f64; 3],
        /// What each colour is divided by.
        sd: [f64; 3],
    },
    /// Linear map of a vector.
    Linear {
        /// Length of the output.
        outputs: usize,
        /// Whether a constant is added.
        bias: bool,
    },
}

impl Op {
    /// The kind of node, as tables and messages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Conv(_) => "conv",
            Self::BatchNorm { .. } => "batch norm",
            Self::Relu => "relu",
            Self::Relu6 => "relu6",
            Self::Selu6 => "selu6",
            Self::Silu => "silu",
            Self::Sigmoid => "sigmoid",
            Self::Add => "add",
            Self::Mul => "multiply",
            Self::Concat => "concat",
            Self::MaxPool(_) => "max pool",
            Self::AvgPool(_) => "average pool",
            Self::ZeroPaddedAvgPool(_) => "padded average pool",
            Self::GlobalAveragePool => "global average pool",
            Self::Flatten => "flatten",
            Self::Dropout { .. } => "dropout",
            Self::StochasticDepth { .. } => "stochastic depth",
            Self::Normalise { .. } => "normalise",
            Self::Linear { .. } => "linear",
        }
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

/// A network, as data. Made by [`super::Builder`], which refuses what cannot be.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) output: NodeId,
    pub(super) blocks: Vec<String>,
    pub(super) penalties: Vec<(NodeId, Penalty)>,
    pub(super) initialisation: Initialisation,
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

    /// Number of logits.
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
