//! Builds graphs node by node; every step is checked when it is added.

use super::shape::{Shape, infer};
use super::{Conv, Graph, Initialisation, Node, NodeId, Op, Penalty, Pool};
use crate::{Error, ErrorKind};

/// Largest number of values that one node may put out for one picture.
const MAX_VALUES: usize = 1 << 28;

/// A graph under construction.
#[derive(Debug, Clone)]
pub struct Builder {
    nodes: Vec<Node>,
    blocks: Vec<String>,
    penalties: Vec<(NodeId, Penalty)>,
    initialisation: Initialisation,
}

impl Builder {
    /// Starts with a picture of so many channels, height and width.
    pub fn new(input: [usize; 3]) -> Result<Self, Error> {
        let values = input.iter().try_fold(1usize, |n, s| n.checked_mul(*s));
        if values.is_none_or(|n| n == 0 || n > MAX_VALUES) {
            let [c, h, w] = input;
            return Err(Error::new(
                ErrorKind::Graph,
                format!("an input of {c}x{h}x{w} cannot be: give 1 to {MAX_VALUES} values"),
            ));
        }
        Ok(Self {
            nodes: vec![Node {
                name: "input".into(),
                op: Op::Input,
                inputs: vec![],
                shape: Shape::Map(input),
                block: 0,
            }],
            blocks: vec!["input".into()],
            penalties: vec![],
            initialisation: Initialisation::default(),
        })
    }

    /// Nodes added from here on belong to a block of this name: what fine-tuning freezes as one.
    pub fn block(&mut self, name: &str) {
        self.blocks.push(name.to_owned());
    }

    /// Has a node add a term to the loss in training.
    pub fn penalise(&mut self, node: NodeId, penalty: Penalty) {
        self.penalties.push((node, penalty));
    }

    /// How the weights begin; LeCun's way unless said otherwise.
    pub fn initialise(&mut self, initialisation: Initialisation) {
        self.initialisation = initialisation;
    }

    /// The picture.
    pub fn input(&self) -> NodeId {
        NodeId(0)
    }

    /// Shape of a node's output.
    pub fn shape(&self, id: NodeId) -> Option<Shape> {
        self.nodes.get(id.index()).map(|n| n.shape)
    }

    /// The last node of each block that has nodes, in order of computation.
    pub fn block_ends(&self) -> Vec<NodeId> {
        let last = |i: usize| {
            self.nodes
                .get(i + 1)
                .is_none_or(|n| n.block != self.nodes[i].block)
        };
        (0..self.nodes.len()).filter(|i| last(*i)).map(NodeId).collect()
    }

    /// Takes away what was added after this node, and the blocks that began after it.
    pub fn truncate(&mut self, last: NodeId) {
        let Some(block) = self.nodes.get(last.index()).map(|n| n.block) else {
            return;
        };
        self.nodes.truncate(last.index() + 1);
        self.blocks.truncate(block + 1);
        self.penalties.retain(|(id, _)| id.index() <= last.index());
    }

    /// Adds a node; refuses names that stand already, unknown inputs and shapes that do not fit.
    pub fn push(&mut self, name: &str, op: Op, inputs: &[NodeId]) -> Result<NodeId, Error> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Graph, format!("node {name}: {why}")));
        if name.is_empty() || self.nodes.iter().any(|n| n.name == name) {
            return refuse("the name is empty or stands already");
        }
        let Some(shapes) = inputs
            .iter()
            .map(|id| self.shape(*id))
            .collect::<Option<Vec<_>>>()
        else {
            return refuse("an input is not of this graph");
        };
        let shape = infer(name, &op, &shapes)?;
        if shape.count() > MAX_VALUES {
            return refuse("its output is too large");
        }
        self.nodes.push(Node {
            name: name.to_owned(),
            op,
            inputs: inputs.to_vec(),
            shape,
            block: self.blocks.len() - 1,
        });
        Ok(NodeId(self.nodes.len() - 1))
    }

    /// Convolution.
    pub fn conv(&mut self, name: &str, x: NodeId, conv: Conv) -> Result<NodeId, Error> {
        self.push(name, Op::Conv(conv), &[x])
    }

    /// Batch normalisation with eps 1e-5 and momentum 0.1.
    pub fn batch_norm(&mut self, name: &str, x: NodeId) -> Result<NodeId, Error> {
        let op = Op::BatchNorm {
            eps: 1e-5,
            momentum: 0.1,
        };
        self.push(name, op, &[x])
    }

    /// max(x, 0).
    pub fn relu(&mut self, name: &str, x: NodeId) -> Result<NodeId, Error> {
        self.push(name, Op::Relu, &[x])
    }

    /// Sum.
    pub fn add(&mut self, name: &str, xs: &[NodeId]) -> Result<NodeId, Error> {
        self.push(name, Op::Add, xs)
    }

    /// A map times another, or times one number a channel.
    pub fn multiply(&mut self, name: &str, x: NodeId, y: NodeId) -> Result<NodeId, Error> {
        self.push(name, Op::Mul, &[x, y])
    }

    /// Channels side by side.
    pub fn concat(&mut self, name: &str, xs: &[NodeId]) -> Result<NodeId, Error> {
        self.push(name, Op::Concat, xs)
    }

    /// Largest value of each window.
    pub fn max_pool(&mut self, name: &str, x: NodeId, pool: Pool) -> Result<NodeId, Error> {
        self.push(name, Op::MaxPool(pool), &[x])
    }

    /// Mean of each window.
    pub fn avg_pool(&mut self, name: &str, x: NodeId, pool: Pool) -> Result<NodeId, Error> {
        self.push(name, Op::AvgPool(pool), &[x])
    }

    /// Mean of each channel.
    pub fn global_average_pool(&mut self, name: &str, x: NodeId) -> Result<NodeId, Error> {
        self.push(name, Op::GlobalAveragePool, &[x])
    }

    /// A map as a vector.
    pub fn flatten(&mut self, name: &str, x: NodeId) -> Result<NodeId, Error> {
        self.push(name, Op::Flatten, &[x])
    }

    /// Dropout at a rate in 0..1.
    pub fn dropout(&mut self, name: &str, x: NodeId, rate: f64) -> Result<NodeId, Error> {
        self.push(name, Op::Dropout { rate }, &[x])
    }

    /// Linear map with bias.
    pub fn linear(&mut self, name: &str, x: NodeId, outputs: usize) -> Result<NodeId, Error> {
        self.push(name, Op::Linear { outputs, bias: true }, &[x])
    }

    /// The graph whose result is `output`: a vector of logits. Refuses nodes that it does not need.
    pub fn build(self, output: NodeId) -> Result<Graph, Error> {
        let refuse = |why: String| Err(Error::new(ErrorKind::Graph, why));
        match self.shape(output) {
            Some(Shape::Vector(_)) => {}
            Some(shape) => {
                return refuse(format!(
                    "the output is a map of {shape}: end with flatten and linear"
                ));
            }
            None => return refuse("the output is not of this graph".into()),
        }
        let mut needed = vec![false; self.nodes.len()];
        needed[output.index()] = true;
        for i in (0..self.nodes.len()).rev() {
            if needed[i] {
                self.nodes[i]
                    .inputs
                    .iter()
                    .for_each(|id| needed[id.index()] = true);
            }
        }
        if let Some(i) = needed.iter().position(|n| !n) {
            return refuse(format!(
                "node {}: nothing takes its output; use it or leave it out",
                self.nodes[i].name
            ));
        }
        Ok(Graph {
            nodes: self.nodes,
            output,
            blocks: self.blocks,
            penalties: self.penalties,
            initialisation: self.initialisation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Graph);
        error.to_string()
    }

    #[test]
    fn a_picture_that_is_too_small_is_refused_with_the_node_that_cannot_take_it() {
        let mut b = Builder::new([3, 4, 4]).unwrap();
        let x = b.input();
        let wide = Conv {
            padding: [0, 0],
            ..Conv::same(8, 5)
        };
        let text = message(b.conv("deep.conv", x, wide));
        assert!(
            text.contains("deep.conv") && text.contains("4x4 px is too small"),
            "{text}"
        );
        assert!(Builder::new([3, 0, 4]).is_err());
        assert!(Builder::new([3, usize::MAX, 4]).is_err());
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let mut b = Builder::new([3, 8, 8]).unwrap();
        let x = b.input();
        let groups = Conv {
            groups: 2,
            ..Conv::same(4, 3)
        };
        assert!(message(b.conv("grouped", x, groups)).contains("do not divide"));
        let y = b.conv("half", x, Conv::same(3, 3).stride(2)).unwrap();
        assert_eq!(b.shape(y), Some(Shape::Map([3, 4, 4])));
        assert!(message(b.add("sum", &[x, y])).contains("cannot be added"));
        assert!(message(b.add("sum", &[x])).contains("2 or more"));
        assert!(message(b.concat("both", &[x, y])).contains("side by side"));
        assert!(message(b.multiply("product", x, y)).contains("cannot be multiplied"));
        let gate = b.global_average_pool("gate", y).unwrap();
        assert!(message(b.multiply("gated", gate, x)).contains("cannot be multiplied"));
        let gated = b.multiply("gated", x, gate).unwrap();
        assert_eq!(b.shape(gated), Some(Shape::Map([3, 8, 8])));
        let (mean, sd) = ([0.5; 3], [0.0, 1.0, 1.0]);
        let grey = b.conv("grey", x, Conv::same(1, 1)).unwrap();
        assert!(message(b.push("n", Op::Normalise { mean, sd }, &[x])).contains("above 0"));
        let sd = [1.0; 3];
        assert!(message(b.push("n", Op::Normalise { mean, sd }, &[grey])).contains("three colours"));
        assert!(message(b.push("d", Op::StochasticDepth { rate: 1.0 }, &[x])).contains("0..1"));
        assert!(message(b.linear("head", x, 2)).contains("flatten it first"));
        assert!(message(b.max_pool("pool", x, Pool::square(2, 2, 2))).contains("half the window"));
        assert!(message(b.dropout("drop", x, 1.0)).contains("drop"));
        assert!(message(b.relu("half", x)).contains("stands already"));
        assert!(message(b.relu("r", NodeId(99))).contains("not of this graph"));
    }

    #[test]
    fn a_graph_ends_in_logits_and_holds_nothing_unused() {
        let mut b = Builder::new([3, 8, 8]).unwrap();
        let x = b.input();
        assert!(message(b.clone().build(x)).contains("flatten and linear"));
        let spare = b.relu("spare", x).unwrap();
        let flat = b.flatten("flat", x).unwrap();
        let y = b.linear("head", flat, 2).unwrap();
        assert!(message(b.clone().build(y)).contains("spare"));
        let flat = b.flatten("flat2", spare).unwrap();
        let z = b.linear("head2", flat, 2).unwrap();
        let sum = b.add("sum", &[y, z]).unwrap();
        let graph = b.build(sum).unwrap();
        assert_eq!(graph.labels(), 2);
        assert_eq!(graph.users(x).count(), 2);
    }
}
