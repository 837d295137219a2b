//! The parameters of a node: one list that creation, loading, export and accounting share.

use super::{Graph, Initialisation, Node, Op};
use std::collections::BTreeSet;

/// How a parameter begins, and whether training changes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// Uniform in ±1/√`fan_in` (Kaiming uniform with a = √5, LeCun et al. 1998), trained.
    Weight {
        /// Inputs that each output sums over.
        fan_in: usize,
    },
    /// Normal with mean zero, trained.
    NormalWeight {
        /// Inputs that each output sums over.
        fan_in: usize,
        /// Standard deviation.
        deviation: f32,
    },
    /// Uniform in ±`bound`, trained; a bias of bound 0 begins at zero.
    BoundedWeight {
        /// Inputs that each output sums over.
        fan_in: usize,
        /// Largest magnitude.
        bound: f32,
    },
    /// Scale of a norm: one, trained.
    Scale,
    /// Shift of a norm: zero, trained.
    Shift,
    /// Running mean of a norm: zero, updated by batches.
    RunningMean,
    /// Running variance of a norm: one, updated by batches.
    RunningVariance,
}

impl Role {
    /// Whether gradients change it.
    pub fn is_trained(self) -> bool {
        !matches!(self, Self::RunningMean | Self::RunningVariance)
    }
}

/// A named parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// `stage1.conv.weight`.
    pub name: String,
    /// Sizes, in PyTorch's order.
    pub shape: Vec<usize>,
    /// Beginning and use.
    pub role: Role,
}

/// The parameters of one node.
pub fn of_node(graph: &Graph, node: &Node) -> Vec<Parameter> {
    let channels = graph.input_shape(node).channels();
    let parameter = |suffix: &str, shape: Vec<usize>, role| Parameter {
        name: format!("{}.{suffix}", node.name),
        shape,
        role,
    };
    let weights = |outputs: usize, tail: Vec<usize>, groups: usize, bias: bool| {
        let fan_in = tail.iter().product();
        let area = tail[1..].iter().product::<usize>();
        let (role, bias_role) = roles(graph, node, fan_in, outputs / groups * area);
        let mut list = vec![parameter("weight", [vec![outputs], tail].concat(), role)];
        if bias {
            list.push(parameter("bias", vec![outputs], bias_role));
        }
        list
    };
    match node.op {
        Op::Conv(c) => weights(
            c.outputs,
            vec![channels / c.groups, c.kernel[0], c.kernel[1]],
            c.groups,
            c.bias,
        ),
        Op::Linear { outputs, bias } => weights(outputs, vec![channels], 1, bias),
        Op::BatchNorm { .. } => [
            ("weight", Role::Scale),
            ("bias", Role::Shift),
            ("running_mean", Role::RunningMean),
            ("running_var", Role::RunningVariance),
        ]
        .map(|(suffix, role)| parameter(suffix, vec![channels], role))
        .into(),
        _ => vec![],
    }
}

/// How weight and bias of a convolution or linear map begin.
fn roles(graph: &Graph, node: &Node, fan_in: usize, fan_out: usize) -> (Role, Role) {
    let zero = Role::BoundedWeight { fan_in, bound: 0.0 };
    match (graph.initialisation(), node.op) {
        (Initialisation::He, Op::Conv(_)) => {
            let deviation = (2.0 / fan_out as f32).sqrt();
            (Role::NormalWeight { fan_in, deviation }, zero)
        }
        (Initialisation::Xavier, _) => {
            let bound = (6.0 / (fan_in + fan_out) as f32).sqrt();
            (Role::BoundedWeight { fan_in, bound }, zero)
        }
        _ => (Role::Weight { fan_in }, Role::Weight { fan_in }),
    }
}

/// The parameters of a graph in order of computation.
pub fn of_graph(graph: &Graph) -> Vec<Parameter> {
    graph.nodes().iter().flat_map(|n| of_node(graph, n)).collect()
}

/// Names of the trained parameters outside the blocks that are true in `frozen`, which has an entry for each
/// of [`Graph::blocks`].
pub fn trained_names(graph: &Graph, frozen: &[bool]) -> BTreeSet<String> {
    let thawed = graph
        .nodes()
        .iter()
        .filter(|n| !frozen.get(n.block).copied().unwrap_or(false));
    thawed
        .flat_map(|n| of_node(graph, n))
        .filter(|p| p.role.is_trained())
        .map(|p| p.name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_name;

    #[test]
    fn weights_begin_as_the_network_or_the_recipe_says() {
        let role = |name: &str, options: &str, parameter: &str| {
            let graph = by_name(name, 64, 2, &options.parse().unwrap()).unwrap();
            let all = of_graph(&graph);
            all.iter().find(|p| p.name == parameter).unwrap().role
        };
        let fan_in = 32 * 9;
        let he = Role::NormalWeight {
            fan_in: 27,
            deviation: (2.0f32 / (32.0 * 9.0)).sqrt(),
        };
        assert_eq!(role("mobilenet_v2", "", "features.0.0.weight"), he);
        // Each channel alone: 9 inputs, and 9 outputs for each.
        let alone = Role::NormalWeight {
            fan_in: 9,
            deviation: (2.0f32 / 9.0).sqrt(),
        };
        assert_eq!(role("mobilenet_v2", "", "features.1.conv.0.0.weight"), alone);
        let xavier = Role::BoundedWeight {
            fan_in: 27,
            bound: (6.0f32 / (27 + fan_in) as f32).sqrt(),
        };
        let option = "initialisation = \"xavier\"";
        assert_eq!(role("mobilenet_v2", option, "features.0.0.weight"), xavier);
        assert_eq!(
            role("dense", "", "stage1.conv.weight"),
            Role::Weight { fan_in: 27 }
        );
        let graph = by_name("vgg16", 32, 2, &toml::Table::new()).unwrap();
        assert_eq!(graph.initialisation(), Initialisation::He);
        assert!(matches!(
            role("vgg16", "", "features.0.bias"),
            Role::BoundedWeight { bound: 0.0, .. }
        ));
    }
}
