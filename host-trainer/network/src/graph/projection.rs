//! Linear maps of the pooled features that exist only while a student learns to have its teachers' features.

use super::{Graph, Node, NodeId, Op, Shape};
use crate::{Error, ErrorKind};

/// What the names of their nodes begin with.
const PREFIX: &str = "distillation.";

/// Whether a node or weight of this name is one that [`Graph::with_projections`] adds.
pub(crate) fn is_projection(name: &str) -> bool {
    name.starts_with(PREFIX)
}

impl Graph {
    /// The last map before the head, whose mean over rows and columns is what a network makes of a picture.
    pub fn last_map(&self) -> Result<NodeId, Error> {
        let maps = self.iter().filter(|(_, n)| matches!(n.shape, Shape::Map(_)));
        let last = maps
            .filter(|(id, n)| id.index() > 0 && n.op != Op::CellMask && !is_projection(&n.name))
            .last();
        last.map(|(id, _)| id)
            .ok_or_else(|| Error::new(ErrorKind::Graph, "the network has no map of features to match"))
    }

    /// The graph with a linear map of the pooled features to each of these lengths, and those nodes. They
    /// stand after all others, so that the weights of the others begin as they do without them, and in the
    /// block of the output, so that they train where the head does.
    pub fn with_projections(&self, lengths: &[usize]) -> Result<(Self, Vec<NodeId>), Error> {
        let map = self.last_map()?;
        let channels = self.node(map).shape.channels();
        let block = self.node(self.output()).block;
        let mut graph = self.clone();
        let mut push = |name: String, op: Op, input: NodeId, shape: Shape| {
            graph.nodes.push(Node {
                name: format!("{PREFIX}{name}"),
                op,
                inputs: vec![input],
                shape,
                block,
            });
            NodeId(graph.nodes.len() - 1)
        };
        let pooled = push(
            "pool".into(),
            Op::GlobalAveragePool,
            map,
            Shape::Map([channels, 1, 1]),
        );
        let pooled = push("flatten".into(), Op::Flatten, pooled, Shape::Vector(channels));
        let each = lengths.iter().enumerate().map(|(k, &outputs)| {
            let op = Op::Linear { outputs, bias: true };
            push(format!("teacher{k}"), op, pooled, Shape::Vector(outputs))
        });
        let each = each.collect();
        Ok((graph, each))
    }

    /// The graph as it was before [`Graph::with_projections`].
    pub fn without_projections(&self) -> Self {
        let mut graph = self.clone();
        graph.nodes.retain(|n| !is_projection(&n.name));
        graph
    }
}
