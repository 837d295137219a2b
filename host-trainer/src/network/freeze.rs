//! Freezing of blocks: what fine-tuning leaves as it is.

use super::Network;
use crate::{Error, ErrorKind};
use blastscope_network::Node;
use blastscope_network::parameters::trained_names;

/// Which blocks of a graph are frozen; by default none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Frozen(Vec<bool>);

impl Frozen {
    /// Whether the node computes as in evaluation.
    pub fn holds(&self, node: &Node) -> bool {
        self.0.get(node.block).copied().unwrap_or(false)
    }
}

impl Network {
    /// Freezes the blocks that are true in `frozen`, as many as the graph has, and thaws the others.
    /// Frozen blocks get no gradients and compute as in evaluation, norms included (Keras's
    /// `trainable = False`); what stands before the first thawed block costs no memory for gradients.
    pub fn freeze(&mut self, frozen: &[bool]) -> Result<(), Error> {
        let blocks = self.graph().blocks().len();
        if frozen.len() != blocks {
            return Err(Error::new(
                ErrorKind::Network,
                format!(
                    "{} blocks to freeze or not, of a network of {blocks}",
                    frozen.len()
                ),
            ));
        }
        self.set_frozen(Frozen(frozen.to_vec()));
        let thawed = trained_names(self.graph(), frozen);
        for (name, variable) in self.trainable() {
            let _ = variable.f_set_requires_grad(thawed.contains(&name))?;
        }
        Ok(())
    }
}
