//! Files appear whole or not at all.

use super::{Error, ErrorKind};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// Writes `bytes` beside `path` under a temporary name, syncs and renames.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.part", std::process::id()));
    let attempt = || -> std::io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    attempt().map_err(|e| {
        // Best effort: the error that is told is the first one.
        let _ = std::fs::remove_file(&temporary);
        Error::new(
            ErrorKind::File,
            format!(
                "{}: cannot be written ({e}): check that its folder exists, is writable and has room",
                path.display()
            ),
        )
    })
}
