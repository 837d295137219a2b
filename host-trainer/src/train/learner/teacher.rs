use crate::Error;
use crate::train::loss::SoftTargets;
use blastscope_network::{Graph, NodeId};
use tch::Tensor;

/// Whoever a student learns from beside the labels (knowledge distillation, Hinton, Vinyals and Dean 2015).
pub(crate) trait Teacher {
    /// The graph that the student is trained with, and its nodes whose values are compared with the teacher's
    /// features; the student's own graph and none where features are not compared.
    fn training_graph(&self, student: &Graph) -> Result<(Graph, Vec<NodeId>), Error>;

    /// The soft targets of pictures `[n, 3, size, size]` as the student sees them, in 0 to 1.
    fn soft_targets(&self, pictures: &Tensor) -> Result<SoftTargets, Error>;
}
