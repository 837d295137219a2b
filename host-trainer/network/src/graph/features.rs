//! A network up to the vector that its classifier takes, for those who fit the classifier alone.

use super::{Graph, NodeId, Op};
use crate::{Error, ErrorKind};

/// The graph whose output is the vector that the last linear map takes, dropout left out: the statistics of the
/// cell where the head is of them. All nodes keep their names, so that the weights of the whole network are those
/// of this one and more ([`crate::Weights::of_graph`]). Refuses graphs that do not end in a linear map.
pub fn features_graph(graph: &Graph) -> Result<Graph, Error> {
    let mut end = graph.output();
    // What a head has beside the logits takes the same vector.
    if graph.node(end).op == Op::Concat {
        end = graph.node(end).inputs[0];
    }
    if !matches!(graph.node(end).op, Op::Linear { .. }) {
        let node = graph.node(end);
        let (name, kind) = (&node.name, node.op.kind());
        return Err(Error::new(
            ErrorKind::Graph,
            format!(
                "node {name} ({kind}): features are what a linear map takes, and the network ends in none"
            ),
        ));
    }
    end = graph.node(end).inputs[0];
    while matches!(graph.node(end).op, Op::Dropout { .. }) {
        end = graph.node(end).inputs[0];
    }
    let mut needed = vec![false; graph.nodes().len()];
    needed[end.index()] = true;
    for i in (0..needed.len()).rev().filter(|i| *i <= end.index()) {
        if needed[i] {
            graph.nodes[i]
                .inputs
                .iter()
                .for_each(|id| needed[id.index()] = true);
        }
    }
    let mut kept = 0;
    let places: Vec<Option<NodeId>> = needed
        .iter()
        .map(|n| {
            kept += usize::from(*n);
            n.then(|| NodeId(kept - 1))
        })
        .collect();
    let mut cut = graph.clone();
    cut.nodes = graph
        .iter()
        .filter(|(id, _)| needed[id.index()])
        .map(|(_, n)| n.clone())
        .collect();
    let place = |id: NodeId| places[id.index()];
    for node in &mut cut.nodes {
        node.inputs = node.inputs.iter().copied().filter_map(place).collect();
    }
    cut.penalties = graph
        .penalties
        .iter()
        .filter_map(|(id, p)| Some((place(*id)?, *p)))
        .collect();
    cut.output = place(end).unwrap_or_default();
    Ok(cut)
}
