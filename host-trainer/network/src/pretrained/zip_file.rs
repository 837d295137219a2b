//! Files of `torch.save` since PyTorch 1.6: a zip of `NAME/data.pkl` and the storages `NAME/data/KEY`.

use super::object::{Storage, Tensor};
use super::pickle::unpickle;
use super::state_dict::{StateDict, refuse, refuse_damaged_by};
use crate::Error;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use zip::ZipArchive;

type Archive = ZipArchive<BufReader<File>>;

/// The state dictionary of an archive, one storage in memory at a time.
pub(super) fn read(file: File) -> Result<StateDict, Error> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| damaged("its list of parts", e))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(|n| Some(n.ok()?.into_owned()))
        .collect();
    if names.iter().any(|n| n.ends_with("/constants.pkl")) {
        return Err(refuse(
            "it is a TorchScript program, not a state dictionary".into(),
        ));
    }
    let root = names.iter().find_map(|n| n.strip_suffix("data.pkl"));
    let Some(root) = root.filter(|r| r.ends_with('/')) else {
        return Err(refuse("a zip without data.pkl is not of torch.save".into()));
    };
    let order = format!("{root}byteorder");
    if names.contains(&order) && part(&mut archive, &order, 16)? != b"little" {
        return Err(refuse("its numbers are big-endian".into()));
    }
    let pickle = part(&mut archive, &format!("{root}data.pkl"), 64 << 20)?;
    let (heap, object, _) = unpickle(&pickle)?;
    let mut by_storage: BTreeMap<String, Vec<(String, Tensor)>> = BTreeMap::new();
    for (name, tensor) in heap.tensors(&object)? {
        let key = tensor.storage.key.clone();
        by_storage.entry(key).or_default().push((name, tensor));
    }
    let mut state = StateDict::default();
    for (key, tensors) in by_storage {
        let mut bytes: Vec<u8> = vec![];
        for (name, tensor) in tensors {
            let Storage { element, count, .. } = *tensor.storage;
            let length = count.saturating_mul(element.size());
            if bytes.is_empty() {
                bytes = part(&mut archive, &format!("{root}data/{key}"), length)?;
            }
            if bytes.len() != length {
                return Err(refuse(format!(
                    "storage {key} has not the {length} bytes of {name}"
                )));
            }
            state.insert(name, tensor.sizes.clone(), tensor.values(&bytes));
        }
    }
    Ok(state)
}

/// A part of at most so many bytes; the archive's checksum holds.
fn part(archive: &mut Archive, name: &str, most: usize) -> Result<Vec<u8>, Error> {
    let entry = archive.by_name(name).map_err(|e| damaged(name, e))?;
    let size = entry.size();
    if size > most as u64 {
        return Err(refuse(format!(
            "{name} has {size} bytes, {most} at most were expected"
        )));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    // One byte beyond the stated size, so that the checksum is looked at.
    let read = entry.take(size + 1).read_to_end(&mut bytes);
    read.map_err(|e| damaged(name, e))?;
    Ok(bytes)
}

fn damaged(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    refuse_damaged_by(&format!("{what} cannot be read"), source)
}
