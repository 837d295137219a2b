//! The network as a device runs it: batch norms folded into their convolutions, what only
//! training drops left out.

use crate::{Array, Builder, Conv, Error, ErrorKind, Graph, Node, NodeId, Op, Shape, Weights};

/// A network of the same function in evaluation. A batch norm that alone follows a convolution is
/// folded into it (in f64); any other stays. All node names that stay keep their names.
pub fn fold_batch_norm(graph: &Graph, weights: &Weights) -> Result<(Graph, Weights), Error> {
    weights.check(graph)?;
    let mut folded = Weights::default();
    let graph = walk(graph, |node, norm| keep(&mut folded, weights, node, norm))?;
    folded.check(&graph)?;
    Ok((graph, folded))
}

/// The graph of [`fold_batch_norm`], which no number of the weights changes.
pub fn folded_graph(graph: &Graph) -> Result<Graph, Error> {
    walk(graph, |_, _| Ok(()))
}

/// Builds the folded graph; `keep` is given each node that stays, with the norm folded into it.
fn walk(
    graph: &Graph,
    mut keep: impl FnMut(&Node, Option<&Node>) -> Result<(), Error>,
) -> Result<Graph, Error> {
    let Shape::Map(input) = graph.input() else {
        return Err(Error::new(ErrorKind::Graph, "the input is not a picture"));
    };
    let mut builder = Builder::new(input)?;
    let mut new: Vec<NodeId> = vec![builder.input()];
    for (id, node) in graph.iter().skip(1) {
        let inputs: Vec<NodeId> = node.inputs.iter().map(|i| new[i.index()]).collect();
        let before = graph.node(node.inputs[0]);
        let replaced = match (node.op, before.op) {
            (Op::Dropout { .. } | Op::StochasticDepth { .. }, _) => inputs[0],
            (Op::BatchNorm { .. }, Op::Conv(_)) if graph.users(node.inputs[0]).count() == 1 => inputs[0],
            (Op::Conv(conv), _) => {
                let norm = sole_norm(graph, id);
                let bias = conv.bias || norm.is_some();
                keep(node, norm)?;
                builder.conv(&node.name, inputs[0], Conv { bias, ..conv })?
            }
            _ => {
                keep(node, None)?;
                builder.push(&node.name, node.op, &inputs)?
            }
        };
        new.push(replaced);
    }
    builder.build(new[graph.output().index()])
}

/// The batch norm that alone takes this node's output.
fn sole_norm(graph: &Graph, id: NodeId) -> Option<&Node> {
    let mut users = graph.users(id);
    let node = graph.node(users.next()?);
    (users.next().is_none() && matches!(node.op, Op::BatchNorm { .. })).then_some(node)
}

/// Copies a node's weights, scaled and shifted by the norm that follows it.
fn keep(folded: &mut Weights, weights: &Weights, node: &Node, norm: Option<&Node>) -> Result<(), Error> {
    let Some(norm) = norm else {
        let own = |name: &&String| name.rsplit_once('.').is_some_and(|(n, _)| n == node.name);
        for name in weights.0.keys().filter(own) {
            folded.0.insert(name.clone(), weights.get(name)?.clone());
        }
        return Ok(());
    };
    let Op::BatchNorm { eps, .. } = norm.op else {
        return Err(Error::new(
            ErrorKind::Graph,
            format!("node {} is not a norm", norm.name),
        ));
    };
    let of_norm = |suffix: &str| weights.get(&format!("{}.{suffix}", norm.name));
    let (gamma, beta) = (of_norm("weight")?, of_norm("bias")?);
    let (mean, variance) = (of_norm("running_mean")?, of_norm("running_var")?);
    let mut kernel = weights.get(&format!("{}.weight", node.name))?.clone();
    let bias = weights.0.get(&format!("{}.bias", node.name));
    let channels = kernel.shape[0];
    let row = kernel.values.len() / channels;
    let mut shifts = Vec::with_capacity(channels);
    for (i, values) in kernel.values.chunks_mut(row).enumerate() {
        let scale = f64::from(gamma.values[i]) / (f64::from(variance.values[i]) + eps).sqrt();
        values
            .iter_mut()
            .for_each(|v| *v = (f64::from(*v) * scale) as f32);
        let before = bias.map_or(0.0, |b| f64::from(b.values[i]));
        let shift = f64::from(beta.values[i]) + (before - f64::from(mean.values[i])) * scale;
        shifts.push(shift as f32);
    }
    folded.0.insert(format!("{}.weight", node.name), kernel);
    let bias = Array {
        shape: vec![channels],
        values: shifts,
    };
    folded.0.insert(format!("{}.bias", node.name), bias);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula;
    use crate::zoo::{DenseSpec, dense};

    #[test]
    fn weights_of_another_network_are_not_folded() {
        let graph = dense(&DenseSpec::default(), 24, 2).unwrap();
        let mut weights = formula::weights(&graph, 1.0);
        weights.0.remove("stage3.norm.running_var");
        let error = fold_batch_norm(&graph, &weights).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Weights);
        assert!(error.to_string().contains("stage3.norm.running_var"), "{error}");
    }
}
