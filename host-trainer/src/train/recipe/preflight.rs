//! What can be refused before anything is computed.

use super::Recipe;
use crate::{Error, ErrorKind};
use blastscope_network::Graph;
use blastscope_shared::class::LabelSet;

impl Recipe {
    /// The network for these labels. Refuses a recipe whose stages name blocks that it does not have, or
    /// that weighs other labels.
    pub(crate) fn fitting_graph(&self, labels: &LabelSet) -> Result<Graph, Error> {
        let graph = self.graph(labels)?;
        for stage in self.plan() {
            stage.train.frozen(&graph)?;
        }
        if let Some(weights) = &self.loss.class_weights
            && weights.len() != labels.len()
        {
            return Err(Error::new(
                ErrorKind::Recipe,
                format!(
                    "loss.class_weights: {} weights for the {} labels {}: give one a label, in this order",
                    weights.len(),
                    labels.len(),
                    labels.names().join(", ")
                ),
            ));
        }
        Ok(graph)
    }

    /// [`Recipe::fitting_graph`], and refuses weights that are absent or of another network.
    pub(crate) fn preflight(&self, labels: &LabelSet) -> Result<Graph, Error> {
        let graph = self.fitting_graph(labels)?;
        self.pretrained.check(&graph)?;
        Ok(graph)
    }
}
