//! What weight files hold, and how they are refused.

use crate::{Array, Error, ErrorKind, Weights};
use std::collections::BTreeMap;

/// What to do about a file that is not read.
const REMEDY: &str =
    "save the state dictionary alone, with torch.save(network.state_dict(), FILE) or as .safetensors";

/// What a weight file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateDict {
    /// Tensors of fractions by the file's names, as f32, without a `module.` before all of them.
    pub weights: Weights,
    /// Sizes of the tensors of whole numbers (`num_batches_tracked`): no weights.
    pub whole_numbers: BTreeMap<String, Vec<usize>>,
}

impl StateDict {
    /// Names and sizes of all tensors.
    pub fn shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let weights = self.weights.0.iter().map(|(n, a)| (n.clone(), a.shape.clone()));
        let whole = self.whole_numbers.iter().map(|(n, s)| (n.clone(), s.clone()));
        weights.chain(whole).collect()
    }

    /// Adds a tensor; numbers that are no fractions leave their sizes only.
    pub(super) fn insert(&mut self, name: String, shape: Vec<usize>, values: Option<Vec<f32>>) {
        match values {
            Some(values) => self.weights.0.insert(name, Array { shape, values }).map(drop),
            None => self.whole_numbers.insert(name, shape).map(drop),
        };
    }

    /// Takes away the `module.` that torch's DataParallel puts before every name.
    pub(super) fn without_module(self) -> Self {
        let names = || self.weights.0.keys().chain(self.whole_numbers.keys());
        if names().next().is_none() || !names().all(|n| n.starts_with("module.")) {
            return self;
        }
        let bare = |name: String| name["module.".len()..].to_owned();
        Self {
            weights: Weights(self.weights.0.into_iter().map(|(n, a)| (bare(n), a)).collect()),
            whole_numbers: self
                .whole_numbers
                .into_iter()
                .map(|(n, s)| (bare(n), s))
                .collect(),
        }
    }
}

/// A file that is not read, with the remedy.
pub(super) fn refuse(mut why: String) -> Error {
    why.push_str(": ");
    why.push_str(REMEDY);
    Error::new(ErrorKind::Weights, why)
}

/// A file that is cut short or changed.
pub(super) fn refuse_damaged(what: &str) -> Error {
    Error::new(ErrorKind::Weights, damaged(what))
}

/// The same with what found it so.
pub(super) fn refuse_damaged_by(
    what: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::with_source(ErrorKind::Weights, damaged(what), source)
}

fn damaged(what: &str) -> String {
    format!("{what}: fetch the file again, or {REMEDY}")
}
