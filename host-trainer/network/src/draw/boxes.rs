//! What is drawn as one box: an operation with the cheap ones that follow it alone.

use crate::{Graph, Node, Op, Shape, parameters};

/// A box of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OpBox {
    /// Name of its first node.
    pub name: String,
    /// All its nodes, for a reader who asks.
    pub nodes: Vec<String>,
    /// Its operations in words.
    pub operations: Vec<String>,
    /// Output of its last node.
    pub shape: Shape,
    /// Trained parameters.
    pub parameters: usize,
    /// Boxes whose outputs it takes.
    pub inputs: Vec<usize>,
    /// Place in [`Graph::blocks`].
    pub block: usize,
    /// What colours it.
    pub family: Family,
}

/// Kinds of boxes, told apart by colour and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// The picture.
    Input,
    /// Convolution or linear map.
    Weights,
    /// Pooling.
    Pool,
    /// Several inputs become one.
    Merge,
    /// Anything else that stands alone.
    Plain,
}

/// The boxes of a graph in order of computation.
pub(super) fn boxes(graph: &Graph) -> Vec<OpBox> {
    let mut users = vec![0; graph.nodes().len()];
    let inputs = graph.nodes().iter().flat_map(|n| &n.inputs);
    inputs.for_each(|id| users[id.index()] += 1);
    let mut boxes: Vec<OpBox> = vec![];
    let mut box_of: Vec<usize> = vec![];
    // The last node of each box.
    let mut ends: Vec<usize> = vec![];
    for (id, node) in graph.iter() {
        let trained = parameters::of_node(graph, node)
            .into_iter()
            .filter(|p| p.role.is_trained());
        let trained: usize = trained.map(|p| p.shape.iter().product::<usize>()).sum();
        let family = family(node);
        let host = match node.inputs[..] {
            [input] if family == Family::Plain && users[input.index()] == 1 => {
                let host = box_of[input.index()];
                let joins = ends[host] == input.index() && boxes[host].block == node.block;
                (joins && boxes[host].family != Family::Input).then_some(host)
            }
            _ => None,
        };
        if let Some(host) = host {
            let into = &mut boxes[host];
            into.operations.push(words(graph, node));
            into.nodes.push(node.name.clone());
            into.shape = node.shape;
            into.parameters += trained;
            ends[host] = id.index();
            box_of.push(host);
            continue;
        }
        boxes.push(OpBox {
            name: node.name.clone(),
            nodes: vec![node.name.clone()],
            operations: vec![words(graph, node)],
            shape: node.shape,
            parameters: trained,
            inputs: node.inputs.iter().map(|i| box_of[i.index()]).collect(),
            block: node.block,
            family,
        });
        ends.push(id.index());
        box_of.push(boxes.len() - 1);
    }
    boxes
}

fn family(node: &Node) -> Family {
    match node.op {
        Op::Input => Family::Input,
        Op::Conv(_) | Op::Linear { .. } => Family::Weights,
        _ if node.inputs.len() > 1 => Family::Merge,
        op if op.kind().ends_with("pool") => Family::Pool,
        _ => Family::Plain,
    }
}

fn words(graph: &Graph, node: &Node) -> String {
    let stride = |s: [usize; 2]| match s {
        [1, 1] => String::new(),
        [a, b] if a == b => format!(" /{a}"),
        [a, b] => format!(" /{a}x{b}"),
    };
    match node.op {
        Op::Conv(c) => {
            let [h, w] = c.kernel;
            let kind = match c.groups {
                1 => "conv".to_owned(),
                g if g == graph.input_shape(node).channels() => "depth-wise conv".to_owned(),
                g => format!("conv in {g} groups"),
            };
            format!("{kind} {h}x{w}{}", stride(c.stride))
        }
        Op::MaxPool(p) | Op::AvgPool(p) => {
            let [h, w] = p.kernel;
            format!("{} {h}x{w}{}", node.op.kind(), stride(p.stride))
        }
        op => op.kind().to_owned(),
    }
}
