//! The picture files of a folder.

use super::listed::Listed;
use crate::{Error, ErrorKind};
use blastscope_shared::picture_header::MAX_FILE;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

const EXTENSIONS: [&str; 4] = ["bmp", "png", "jpg", "jpeg"];

/// All BMP, PNG and JPEG files (by name) below a folder, in the order of their names, down to `depth`.
/// Hidden files and folders are passed over.
pub(super) fn pictures_below(root: &Path, depth: usize) -> Result<Vec<PathBuf>, Error> {
    let visible = |e: &walkdir::DirEntry| e.depth() == 0 || !e.file_name().to_string_lossy().starts_with('.');
    let mut pictures = Vec::new();
    for entry in WalkDir::new(root)
        .max_depth(depth)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(visible)
    {
        let entry = entry.map_err(|e| {
            let path = e.path().unwrap_or(root).to_owned();
            Error::io("read", &path, e.into())
        })?;
        if entry.file_type().is_file() && EXTENSIONS.contains(&extension(entry.path()).as_str()) {
            pictures.push(entry.into_path());
        }
    }
    Ok(pictures)
}

/// The visible folders in a folder, in the order of their names.
pub(super) fn folders_in(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |e| Error::io("read", root, e);
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(root).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() && !name_of(&path).starts_with('.') {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// The last part of a path.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// In small letters, without the dot.
pub(super) fn extension(path: &Path) -> String {
    path.extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase()
}

/// Path below the data folder, with `/`.
pub(super) fn below(root: &Path, path: &Path) -> Result<String, Error> {
    let file = path.strip_prefix(root).unwrap_or(path);
    let file = file.to_str().ok_or_else(|| {
        let why = format!("{}: the name is not UTF-8: rename it", path.display());
        Error::new(ErrorKind::Data, why)
    })?;
    Ok(file.replace('\\', "/"))
}

/// One name for two pictures means that one of them is a copy in another format or a mistake; `name` is
/// what must be told apart.
pub(super) fn refuse_twins(cells: &[Listed], name: impl Fn(&str) -> String) -> Result<(), Error> {
    let mut seen: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for cell in cells {
        let (stem, extension) = cell.file.rsplit_once('.').unwrap_or((&cell.file, ""));
        if let Some((other, kind)) = seen.insert(name(stem), (&cell.file, extension))
            && kind != extension
        {
            return Err(Error::new(
                ErrorKind::Data,
                format!(
                    "{other} and {} have the same name in two formats: keep one of them",
                    cell.file
                ),
            ));
        }
    }
    Ok(())
}

/// The bytes of a picture; of a file that is too large to be one, only as many as its refusal takes.
pub(super) fn read_file(root: &Path, file: &str) -> Result<Vec<u8>, Error> {
    let path = root.join(file);
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|f| f.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|e| Error::io("read", &path, e))?;
    Ok(bytes)
}
