//! Files that are either whole or not there: written beside their place, synced, renamed.

use crate::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes `bytes` as the whole content of `path`.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with(path, |out| out.write_all(bytes))
}

/// Writes what `fill` gives as the whole content of `path`; missing parent folders are made.
pub(crate) fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Error> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| Error::io("make the folder", folder, e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let passing = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let result = fill_and_rename(&passing, path, fill);
    if result.is_err() {
        // The first error is the one to report; a leftover is hidden and harmless.
        let _ = fs::remove_file(&passing);
    }
    result.map_err(|e| Error::io("write", path, e))?;
    // The rename itself must survive a power cut.
    let synced = File::open(folder).and_then(|f| f.sync_all());
    synced.map_err(|e| Error::io("sync the folder", folder, e))
}

fn fill_and_rename(
    passing: &Path,
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(passing)?);
    fill(&mut out)?;
    out.into_inner().map_err(|e| e.into_error())?.sync_all()?;
    fs::rename(passing, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_no_litter() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.json");
        write(&path, b"old").unwrap();
        let e = write_with(&path, |out| {
            out.write_all(b"half")?;
            Err(std::io::Error::other("disk full"))
        });
        assert!(e.unwrap_err().to_string().contains("b.json"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
