//! Weight files of other programs: which form a file has, and what it holds.

use super::element::Element;
use super::state_dict::{StateDict, refuse, refuse_damaged_by};
use super::{legacy_file, zip_file};
use crate::Error;
use safetensors::tensor::SafeTensors;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// Largest file that is read: far above the largest network of the registry (575 MB).
const MAX_FILE: u64 = 4 << 30;

/// Reads a `.safetensors` file (f16, bf16, f32, f64) or a state dictionary as `torch.save` writes it (`.pth`,
/// `.pt`: the zip form and the form before PyTorch 1.6). The content decides, not the name. Nothing in
/// the file is executed.
pub fn read(path: &Path) -> Result<StateDict, Error> {
    let place = |e: Error| e.within(path.display());
    let file = |e| Error::unreadable(path, e);
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
    let damaged = "not a .safetensors file nor one of torch.save, or a damaged one";
    let file = SafeTensors::deserialize(bytes).map_err(|e| refuse_damaged_by(damaged, e))?;
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
