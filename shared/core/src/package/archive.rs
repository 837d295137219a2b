//! The zip around the parts of a package: bounded when read, the same bytes every time when written.

use crate::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

/// Largest part that is read, bytes: VGG-19 in single precision has 548 MiB.
const MAX_PART: u64 = 640 << 20;
/// Most that all parts together may have, bytes.
const MAX_PARTS: u64 = 1 << 30;
/// Most entries that a package may have.
const MAX_ENTRIES: usize = 16;

/// All parts by name; refuses a damaged zip, too many or too large parts, and a name that stands twice.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let malformed = |m: String| Error::new(ErrorKind::Malformed, m);
    let broken = |e: &dyn std::fmt::Display| {
        malformed(format!(
            "not a model package, or a damaged one ({e}): get the package from its source again"
        ))
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    if archive.len() > MAX_ENTRIES {
        return Err(malformed(format!(
            "a package has at most {MAX_ENTRIES} parts, this one {}",
            archive.len()
        )));
    }
    let mut parts = BTreeMap::new();
    let mut left = MAX_PARTS;
    for i in 0..archive.len() {
        let file = archive.by_index(i).map_err(|e| broken(&e))?;
        let name = file.name().map_err(|e| broken(&e))?.into_owned();
        let mut content = Vec::new();
        let limit = left.min(MAX_PART);
        file.take(limit + 1)
            .read_to_end(&mut content)
            .map_err(|e| broken(&format!("part {name}: {e}")))?;
        let length = content.len() as u64;
        if length > limit {
            return Err(malformed(format!(
                "part {name} is too large: a part may have {} MiB and all together {} MiB",
                MAX_PART >> 20,
                MAX_PARTS >> 20
            )));
        }
        left -= length;
        if parts.insert(name.clone(), content).is_some() {
            return Err(malformed(format!("part {name} stands twice")));
        }
    }
    Ok(parts)
}

/// A zip of parts in the order given.
pub(super) fn write(parts: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Vec<u8>, Error> {
    let malformed = |e: &dyn std::fmt::Display| Error::new(ErrorKind::Malformed, format!("package: {e}"));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for (name, bytes) in parts {
        zip.start_file(name, options).map_err(|e| malformed(&e))?;
        zip.write_all(&bytes).map_err(|e| malformed(&e))?;
    }
    Ok(zip.finish().map_err(|e| malformed(&e))?.into_inner())
}
