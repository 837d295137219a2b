//! Files of `torch.save` before PyTorch 1.6, which most of torchvision's own weights are: five pickles
//! (a mark, a version, the machine, the object, the keys of the storages), then the storages.

use super::object::{Heap, Value};
use super::pickle::unpickle;
use super::state_dict::{StateDict, refuse, refuse_damaged};
use crate::Error;
use std::collections::BTreeMap;

/// 0x1950a86a20f9469cfc6c, little-endian.
const MARK: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The only version that there ever was.
const VERSION: i64 = 1001;

/// The state dictionary of these bytes.
pub(super) fn read(bytes: &[u8]) -> Result<StateDict, Error> {
    let mut rest = bytes;
    let mut next = || -> Result<(Heap, Value), Error> {
        let (heap, value, length) = unpickle(rest)?;
        rest = &rest[length..];
        Ok((heap, value))
    };
    if !matches!(next()?.1, Value::Long(mark) if *mark == MARK) {
        return Err(refuse("a pickle that is not of torch.save".into()));
    }
    if !matches!(next()?.1, Value::Int(VERSION)) {
        return Err(refuse(format!(
            "not version {VERSION} of the old form of torch.save"
        )));
    }
    let (machine, about) = next()?;
    if !matches!(machine.get(&about, "little_endian"), Some(Value::Bool(true))) {
        return Err(refuse("its numbers are big-endian".into()));
    }
    let (heap, object) = next()?;
    let tensors = heap.tensors(&object)?;
    let (keys, list) = next()?;
    let keys = keys
        .texts(&list)
        .ok_or_else(|| refuse("the list of its storages is damaged".into()))?;
    let storages = storages(rest, &keys, &heap)?;
    let mut state = StateDict::default();
    for (name, tensor) in tensors {
        let Some(bytes) = storages.get(tensor.storage.key.as_str()) else {
            return Err(refuse(format!("the storage of {name} is missing")));
        };
        state.insert(name, tensor.sizes.clone(), tensor.values(bytes));
    }
    Ok(state)
}

/// The bytes of each storage: its count as 8 bytes, then its numbers.
fn storages<'a>(
    mut rest: &'a [u8],
    keys: &[&'a str],
    heap: &Heap,
) -> Result<BTreeMap<&'a str, &'a [u8]>, Error> {
    let mut storages = BTreeMap::new();
    for key in keys {
        let cut = || refuse_damaged(&format!("the file ends before storage {key} does"));
        let Some(storage) = heap.storage(key) else {
            return Err(refuse(format!("storage {key} belongs to nothing")));
        };
        let (count, after) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
        if u64::from_le_bytes(*count) != storage.count as u64 {
            return Err(refuse(format!(
                "storage {key} has not the size that its tensors say"
            )));
        }
        let length = storage.count.saturating_mul(storage.element.size());
        let (bytes, after) = after.split_at_checked(length).ok_or_else(cut)?;
        storages.insert(*key, bytes);
        rest = after;
    }
    Ok(storages)
}
