//! The part of a graph that can run in integers, as a chain of f32 layers.

use crate::fold_batch_norm::fold_batch_norm;
use crate::{Array, Conv, Error, ErrorKind, Graph, Node, NodeId, Op, Pool, Shape, Weights};

/// A convolution with bias, its norm folded in.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvLayer {
    /// Node of the graph.
    pub name: String,
    /// Geometry.
    pub conv: Conv,
    /// Whether a ReLU follows.
    pub relu: bool,
    /// Output channels, input channels, height, width.
    pub shape: [usize; 4],
    /// Weights.
    pub weight: Vec<f32>,
    /// One constant an output channel.
    pub bias: Vec<f32>,
}

/// A step of the chain.
#[derive(Debug, Clone, PartialEq)]
pub enum ChainLayer {
    /// Convolution.
    Conv(ConvLayer),
    /// Largest value of each window.
    MaxPool {
        /// Node of the graph.
        name: String,
        /// Window.
        pool: Pool,
    },
}

/// Convolutions, ReLUs and maxima in a row, then the mean of each channel and a linear map.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Channels, height, width of the picture.
    pub input: [usize; 3],
    /// The steps, with at least one convolution.
    pub layers: Vec<ChainLayer>,
    /// Linear weights, labels x channels.
    pub head_weight: Array,
    /// Linear constants.
    pub head_bias: Vec<f32>,
}

impl Chain {
    /// Reads a trained graph; refuses, by name, the first node that has no int8 form.
    pub fn read(graph: &Graph, weights: &Weights) -> Result<Self, Error> {
        let (graph, weights) = fold_batch_norm(graph, weights)?;
        let Shape::Map(input) = graph.input() else {
            return Err(Error::new(ErrorKind::Graph, "the input is not a picture"));
        };
        let mut nodes = graph.iter().skip(1).peekable();
        let mut last = NodeId::default();
        let mut layers = Vec::new();
        while let Some((id, node)) = nodes.next_if(|(_, n)| is_integer(n.op)) {
            follows(node, &mut last, id)?;
            match node.op {
                Op::Conv(conv) => layers.push(ChainLayer::Conv(read_conv(node, conv, &weights)?)),
                Op::MaxPool(pool) => layers.push(ChainLayer::MaxPool {
                    name: node.name.clone(),
                    pool,
                }),
                // A ReLU folds into the convolution before it, through maxima: they commute.
                _ => match convs(&mut layers).pop() {
                    Some(conv) => conv.relu = true,
                    None => return Err(refusal(node, "stands where no convolution goes before")),
                },
            }
        }
        if !layers.iter().any(|l| matches!(l, ChainLayer::Conv(_))) {
            let first = nodes.peek().map_or("input", |(_, node)| &node.name);
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("int8: the network has no convolution before node {first}, where its chain ends"),
            ));
        }
        let expected = |op: &Op| match op {
            Op::GlobalAveragePool => Some(0),
            Op::Flatten => Some(1),
            Op::Linear { .. } => Some(2),
            _ => None,
        };
        let mut head = None;
        for (place, (id, node)) in nodes.enumerate() {
            follows(node, &mut last, id)?;
            if expected(&node.op) != Some(place) {
                return Err(refusal(
                    node,
                    "has no int8 form, and the f32 head is pool, flatten, linear",
                ));
            }
            head = Some(node);
        }
        let head = head.ok_or_else(|| Error::new(ErrorKind::Unsupported, "int8: the network has no head"))?;
        let head_weight = weights.get(&format!("{}.weight", head.name))?.clone();
        let zeros = || vec![0.0; graph.labels()];
        let bias = weights.0.get(&format!("{}.bias", head.name));
        Ok(Self {
            input,
            layers,
            head_weight,
            head_bias: bias.map_or_else(zeros, |b| b.values.clone()),
        })
    }

    /// The convolutions in order.
    pub fn convs_mut(&mut self) -> Vec<&mut ConvLayer> {
        convs(&mut self.layers)
    }
}

fn convs(layers: &mut [ChainLayer]) -> Vec<&mut ConvLayer> {
    let mut found = vec![];
    for layer in layers {
        if let ChainLayer::Conv(conv) = layer {
            found.push(conv);
        }
    }
    found
}

fn is_integer(op: Op) -> bool {
    matches!(op, Op::Conv(_) | Op::Relu | Op::MaxPool(_))
}

fn refusal(node: &Node, why: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "int8: node {} ({}) {why}; export f32 alone, or train a chain of convolutions",
            node.name,
            node.op.kind()
        ),
    )
}

fn follows(node: &Node, last: &mut NodeId, id: NodeId) -> Result<(), Error> {
    if node.inputs != [*last] {
        return Err(refusal(
            node,
            "does not follow the node before it: branches have no int8 form",
        ));
    }
    *last = id;
    Ok(())
}

fn read_conv(node: &Node, conv: Conv, weights: &Weights) -> Result<ConvLayer, Error> {
    if conv.groups != 1 {
        return Err(refusal(node, "has groups, which are slower in int8 than in f32"));
    }
    if conv.trailing != [0; 2] {
        return Err(refusal(node, "pads unlike on its sides, which has no int8 form"));
    }
    let weight = weights.get(&format!("{}.weight", node.name))?;
    let [o, i, h, w] = weight.shape[..] else {
        return Err(refusal(node, "has weights of another rank than 4"));
    };
    let bias = weights.0.get(&format!("{}.bias", node.name));
    Ok(ConvLayer {
        name: node.name.clone(),
        conv,
        relu: false,
        shape: [o, i, h, w],
        weight: weight.values.clone(),
        bias: bias.map_or_else(|| vec![0.0; o], |b| b.values.clone()),
    })
}
