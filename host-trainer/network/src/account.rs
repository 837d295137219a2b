//! The accounting reader: parameters, multiplications and memory of a network, as a table and as JSON.

use crate::{Graph, Op, Shape, parameters};
use serde::Serialize;
use std::fmt;

/// The account of one node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Name of the node.
    pub name: String,
    /// Kind of operation.
    pub kind: &'static str,
    /// Output sizes for one picture.
    pub output: Vec<usize>,
    /// Trained parameters.
    pub parameters: usize,
    /// Multiply-accumulates of convolutions and linear maps for one picture; norms are folded away.
    pub macs: u64,
}

/// The account of a network for one picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    /// One line a node, in order of computation.
    pub nodes: Vec<Line>,
    /// Trained parameters.
    pub parameters: usize,
    /// Running means and variances of the norms, which are no parameters.
    pub running_statistics: usize,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Largest sum of f32 values alive at once, in bytes, when nothing is computed in place.
    pub peak_activation_bytes: usize,
}

/// Counts a network.
pub fn count(graph: &Graph) -> Account {
    let nodes: Vec<Line> = graph
        .nodes()
        .iter()
        .map(|node| {
            let trained = parameters::of_node(graph, node)
                .into_iter()
                .filter(|p| p.role.is_trained());
            let inputs = graph.input_shape(node).channels();
            let macs = match node.op {
                Op::Conv(c) => node.shape.count() * (inputs / c.groups) * c.kernel[0] * c.kernel[1],
                Op::Linear { outputs, .. } => inputs * outputs,
                _ => 0,
            };
            Line {
                name: node.name.clone(),
                kind: node.op.kind(),
                output: node.shape.with_batch(1).split_off(1),
                parameters: trained.map(|p| p.shape.iter().product::<usize>()).sum(),
                macs: macs as u64,
            }
        })
        .collect();
    let statistics = parameters::of_graph(graph).into_iter();
    let statistics = statistics.filter(|p| !p.role.is_trained());
    Account {
        running_statistics: statistics.map(|p| p.shape.iter().product::<usize>()).sum(),
        parameters: nodes.iter().map(|l| l.parameters).sum(),
        macs: nodes.iter().map(|l| l.macs).sum(),
        peak_activation_bytes: peak(graph) * size_of::<f32>(),
        nodes,
    }
}

fn peak(graph: &Graph) -> usize {
    let mut ending = vec![0; graph.nodes().len()];
    for (end, node) in graph.last_uses().into_iter().zip(graph.nodes()) {
        ending[end.index()] += node.shape.count();
    }
    let (mut alive, mut peak) = (0, 0);
    for (id, node) in graph.iter() {
        alive += node.shape.count();
        peak = peak.max(alive);
        alive -= ending[id.index()];
    }
    peak
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.nodes.iter().map(|l| l.name.len()).max().unwrap_or(0).max(5);
        writeln!(
            f,
            "{:width$}  {:19}  {:>12}  {:>10}  {:>9}",
            "node", "kind", "output", "parameters", "M MACs"
        )?;
        for line in &self.nodes {
            let output = match line.output[..] {
                [c, h, w] => Shape::Map([c, h, w]),
                _ => Shape::Vector(line.output.iter().product()),
            };
            let (name, kind, macs) = (&line.name, line.kind, line.macs as f64 / 1e6);
            writeln!(
                f,
                "{name:width$}  {kind:19}  {:>12}  {:>10}  {macs:>9.3}",
                output.to_string(),
                line.parameters
            )?;
        }
        write!(
            f,
            "{:width$}  {:19}  {:>12}  {:>10}  {:>9.3}\nactivations: at most {:.0} KiB at once (f32, one picture)",
            "total",
            "",
            "",
            self.parameters,
            self.macs as f64 / 1e6,
            self.peak_activation_bytes as f64 / 1024.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo::{DenseSpec, Stage, dense};

    #[test]
    fn a_network_counted_by_hand_is_counted_the_same() {
        let spec = DenseSpec {
            stages: vec![Stage {
                channels: 4,
                stride: 2,
                max_pool: true,
            }],
            dropout: 0.0,
        };
        let account = count(&dense(&spec, 16, 2).unwrap());
        assert_eq!(account.parameters, 4 * 27 + 8 + 4 * 2 + 2);
        assert_eq!(account.running_statistics, 8);
        assert_eq!(account.macs, 8 * 8 * 4 * 27 + 8);
        // The picture beside the first convolution.
        assert_eq!(account.peak_activation_bytes, 4 * (3 * 16 * 16 + 4 * 8 * 8));
        let table = account.to_string();
        assert!(
            table.contains("stage1.pool") && table.contains("4x4x4"),
            "{table}"
        );
        let json = serde_json::to_value(&account).unwrap();
        assert_eq!(json["nodes"][1]["parameters"], 108);
    }
}
