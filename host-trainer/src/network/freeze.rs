//! Freezing of blocks: what fine-tuning leaves as it is.

use super::Network;
use super::frozen::Frozen;
use crate::{Error, ErrorKind};
use blastscope_network::parameters::trained_names;

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
        self.set_frozen(Frozen::new(frozen.to_vec()));
        let thawed = trained_names(self.graph(), frozen);
        for (name, variable) in self.trainable() {
            let _ = variable.f_set_requires_grad(thawed.contains(&name))?;
        }
        Ok(())
    }
}
