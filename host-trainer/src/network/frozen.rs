//! Which blocks of a network are left as they are.

use blastscope_network::Node;

/// Which blocks of a graph are frozen; by default none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Frozen(Vec<bool>);

impl Frozen {
    /// Frozen are the blocks that are true, one a block of the graph.
    pub fn new(blocks: Vec<bool>) -> Self {
        Self(blocks)
    }

    /// Whether the node computes as in evaluation.
    pub fn holds(&self, node: &Node) -> bool {
        self.0.get(node.block).copied().unwrap_or(false)
    }
}
