use crate::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The folders of runs in and below `folder`, in order.
pub(crate) fn runs_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| {
            let message = format!("cannot look for runs in {}: give their folder", folder.display());
            Error::with_source(ErrorKind::Io, message, e)
        })?;
        let is_run = entry.file_type().is_dir()
            && entry.path().join("run.json").is_file()
            && entry.path().join("recipe.toml").is_file();
        if is_run {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}
