//! The zip around the parts of a package: bounded when read, the same bytes every time when written.

use crate::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

/// Largest part that is read, bytes.
const MAX_PART: u64 = 64 << 20;
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
    for i in 0..archive.len() {
        let file = archive.by_index(i).map_err(|e| broken(&e))?;
        let name = file.name().map_err(|e| broken(&e))?.into_owned();
        let mut content = Vec::new();
        file.take(MAX_PART + 1)
            .read_to_end(&mut content)
            .map_err(|e| broken(&format!("part {name}: {e}")))?;
        if content.len() as u64 > MAX_PART {
            return Err(malformed(format!("part {name} is larger than {MAX_PART} bytes")));
        }
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
