use super::Network;
use crate::Error;
use blastscope_network::pretrained::{ImportReport, load};
use std::path::Path;

impl Network {
    /// Loads the weights of a file that others trained; see [`load`]. A network whose weights are refused is not
    /// changed.
    pub fn load_pretrained(&mut self, path: &Path, allow_partial: bool) -> Result<ImportReport, Error> {
        let mut weights = self.weights()?;
        let report = load(path, self.graph(), &mut weights, allow_partial)?;
        self.load(&weights)?;
        Ok(report)
    }
}
