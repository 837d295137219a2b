//! Weight files of other programs: which form a file has, and what it holds.

use super::element::Element;
use super::{legacy_file, zip_file};
use crate::network::{Array, Error, ErrorKind, Weights};
use safetensors::tensor::SafeTensors;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// Largest file that is read: far above the largest network of the registry (575 MB).
const MAX_FILE: u64 = 4 << 30;
/// Most tensors of one file.
pub(super) const MAX_TENSORS: usize = 100_000;
/// Most values of one file.
pub(super) const MAX_VALUES: usize = 1 << 29;
/// What to do about a file that is not read.
pub(super) const REMEDY: &str =
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
    fn without_module(self) -> Self {
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

/// Reads a `.safetensors` file (f16, bf16, f32, f64) or a state dictionary as `torch.save` writes it (`.pth`,
/// `.pt`: the zip form and the form before PyTorch 1.6). The content decides, not the name. Nothing in
/// the file is executed.
pub fn read(path: &Path) -> Result<StateDict, Error> {
    let place = |e: Error| Error::new(e.kind(), format!("{}: {e}", path.display()));
    let file = |e: std::io::Error| {
        Error::new(
            ErrorKind::File,
            format!(
                "cannot read {}: {e}; check the path and its permissions",
                path.display()
            ),
        )
    };
    let mut opened = File::open(path).map_err(file)?;
    let length = opened.metadata().map_err(file)?.len();
    let mut start = [0; 4];
    if length > MAX_FILE || opened.read_exact(&mut start).is_err() {
        return Err(place(refuse(format!("{length} bytes are not a weight file"))));
    }
    opened.rewind().map_err(file)?;
    let state = if &start == b"PK\x03\x04" {
        zip_file::read(opened)
    } else {
        let mut bytes = Vec::with_capacity(length as usize);
        opened.take(MAX_FILE).read_to_end(&mut bytes).map_err(file)?;
        if start[0] == 0x80 {
            legacy_file::read(&bytes)
        } else {
            safetensors(&bytes)
        }
    };
    let state = state.map_err(place)?.without_module();
    if state.weights.0.is_empty() {
        return Err(place(refuse("there are no weights in it".into())));
    }
    Ok(state)
}

fn safetensors(bytes: &[u8]) -> Result<StateDict, Error> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| {
        refuse(format!(
            "not a .safetensors file nor one of torch.save, or a damaged one ({e})"
        ))
    })?;
    let mut state = StateDict::default();
    for (name, view) in file.tensors() {
        let Some(element) = Element::of_dtype(view.dtype()) else {
            return Err(refuse(format!(
                "{name} is of {:?}, not f16, bf16, f32 or f64",
                view.dtype()
            )));
        };
        state.insert(name, view.shape().to_vec(), element.decode(view.data()));
    }
    Ok(state)
}

/// A file that is not read, with the remedy.
pub(super) fn refuse(mut why: String) -> Error {
    why.push_str(": ");
    why.push_str(REMEDY);
    Error::new(ErrorKind::Weights, why)
}

/// A file that is cut short or changed.
pub(super) fn refuse_damaged(mut what: String) -> Error {
    what.push_str(": fetch the file again, or ");
    what.push_str(REMEDY);
    Error::new(ErrorKind::Weights, what)
}
