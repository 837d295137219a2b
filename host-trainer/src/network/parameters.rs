//! The parameters of a node: one list that creation, loading, export and accounting share.

use super::graph::{Graph, Initialisation, Node, Op};

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
