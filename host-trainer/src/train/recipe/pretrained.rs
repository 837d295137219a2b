use crate::network::Network;
use crate::{Error, ErrorKind};
use blastscope_network::{Graph, pretrained};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Weights that training begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Pretrained {
    /// File below the folder of weights, or an absolute path; empty: random weights.
    pub weights: String,
    /// Go on without tensors that the file lacks.
    pub allow_partial: bool,
}

impl Pretrained {
    /// True for random weights.
    pub(crate) fn is_none(&self) -> bool {
        self.weights.is_empty()
    }

    /// The file, below `BLASTSCOPE_WEIGHTS` or `../shared/weights`; refused with the remedy where there
    /// is none.
    pub(crate) fn file(&self) -> Result<Option<PathBuf>, Error> {
        if self.is_none() {
            return Ok(None);
        }
        let folder = std::env::var_os("BLASTSCOPE_WEIGHTS").unwrap_or_else(|| "../shared/weights".into());
        // An absolute path stays what it is.
        let path = PathBuf::from(folder).join(&self.weights);
        if path.is_file() {
            return Ok(Some(path));
        }
        Err(Error::new(
            ErrorKind::Recipe,
            format!(
                "pretrained.weights: there is no file {}: give the weights with --pretrained FILE, name their folder \
                 in BLASTSCOPE_WEIGHTS, or begin with random ones by --set pretrained.weights=\"\"",
                path.display()
            ),
        ))
    }

    /// Refuses weights that are absent or of another network; computes nothing.
    pub(crate) fn check(&self, graph: &Graph) -> Result<(), Error> {
        let Some(file) = self.file()? else {
            return Ok(());
        };
        let refuse =
            |e: blastscope_network::Error| Error::new(ErrorKind::Recipe, format!("pretrained.weights: {e}"));
        let shapes = pretrained::read(&file).map_err(refuse)?.shapes();
        let plan = pretrained::plan(graph, &shapes);
        pretrained::check(&shapes, &plan, self.allow_partial).map_err(|e| refuse(e.within(file.display())))
    }

    /// Loads the weights into a fresh network and says what was loaded.
    pub(crate) fn begin(&self, network: &mut Network) -> Result<(), Error> {
        if let Some(file) = self.file()? {
            // Projections for teachers are in no file.
            let mut plain = Network::new(&network.graph().without_projections(), network.device(), 0)?;
            let mut weights = network.weights()?;
            plain.load(&weights.clone().without_projections())?;
            eprintln!("{}", plain.load_pretrained(&file, self.allow_partial)?);
            weights.0.extend(plain.weights()?.0);
            network.load(&weights)?;
        }
        Ok(())
    }
}
