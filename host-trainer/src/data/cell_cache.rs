//! Decoded crops on disk, so that repeated runs start at once. A cache is keyed by the input size and
//! by every file's path, size and time of change; a damaged one is made anew.

use super::Listed;
use crate::{Error, durable_file};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::{CNMC_NANOMETRES_PER_PIXEL, InputSpec};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

const MAGIC: &[u8; 16] = b"blastscope-cell1";
const DIGEST: usize = 32;

/// What a cache holds, in the order of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CachedCells {
    /// Hex sha256 of each file or of its original.
    pub digests: Vec<String>,
    /// Pixels of each cell at the scale of its picture.
    pub areas: Vec<u64>,
    /// `3 x size x size` bytes a cell.
    pub pixels: Vec<u8>,
}

/// The file of the cache for these pictures at this size.
pub(super) fn cache_path(
    folder: &Path,
    root: &Path,
    listed: &[Listed],
    spec: &InputSpec,
) -> Result<PathBuf, Error> {
    let mut key = format!(
        "{} {} {} {CNMC_NANOMETRES_PER_PIXEL}\n",
        spec.preprocessing(),
        spec.size,
        spec.nanometres_per_pixel
    );
    for cell in listed {
        let path = root.join(&cell.file);
        let stat = fs::metadata(&path).and_then(|m| Ok((m.len(), m.modified()?)));
        let (length, changed) = stat.map_err(|e| Error::io("read", &path, e))?;
        let changed = changed.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let digest = cell.digest.as_deref().unwrap_or("-");
        key += &format!("{}\t{length}\t{changed}\t{digest}\n", cell.file);
    }
    let key = sha256_hex(key.as_bytes());
    Ok(folder.join(format!("cells-{}.bin", &key[..24])))
}

/// Writes a cache whole or not at all.
pub(super) fn write_cache(path: &Path, cells: &CachedCells) -> Result<(), Error> {
    let mut body = Vec::with_capacity(cells.pixels.len() + cells.areas.len() * (8 + DIGEST) + 64);
    body.extend_from_slice(MAGIC);
    body.extend_from_slice(&(cells.areas.len() as u64).to_le_bytes());
    for digest in &cells.digests {
        body.extend((0..DIGEST).map(|i| u8::from_str_radix(&digest[2 * i..2 * i + 2], 16).unwrap_or(0)));
    }
    cells
        .areas
        .iter()
        .for_each(|a| body.extend_from_slice(&a.to_le_bytes()));
    body.extend_from_slice(&cells.pixels);
    let sum = sha256_hex(&body);
    durable_file::write_with(path, |out| {
        out.write_all(&body)?;
        out.write_all(sum.as_bytes())
    })
}

/// Reads a cache back: `None` when there is none, and the reason when it cannot be used.
pub(super) fn read_cache(path: &Path, count: usize, size: u32) -> Result<Option<CachedCells>, String> {
    let mut bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.to_string()),
    };
    let head = MAGIC.len() + 8 + count * (DIGEST + 8);
    let body = head + count * 3 * (size as usize).pow(2);
    if bytes.len() != body + 2 * DIGEST {
        return Err(format!("{} bytes in place of {}", bytes.len(), body + 2 * DIGEST));
    }
    if sha256_hex(&bytes[..body]).as_bytes() != &bytes[body..] {
        return Err("its checksum differs".into());
    }
    if &bytes[..16] != MAGIC || bytes[16..24] != (count as u64).to_le_bytes() {
        return Err("its head is another one".into());
    }
    bytes.truncate(body);
    let pixels = bytes.split_off(head);
    let (digests, areas) = bytes[24..].split_at(count * DIGEST);
    let hex = |d: &[u8]| d.iter().map(|b| format!("{b:02x}")).collect();
    let number = |b: &[u8]| b.iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b));
    Ok(Some(CachedCells {
        digests: digests.chunks_exact(DIGEST).map(hex).collect(),
        areas: areas.chunks_exact(8).map(number).collect(),
        pixels,
    }))
}
