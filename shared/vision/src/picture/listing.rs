//! From the paths on a command line to picture files.

use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

const EXTENSIONS: [&str; 4] = ["bmp", "png", "jpg", "jpeg"];

/// The pictures that the paths stand for: a file for itself, a folder for all BMP, PNG and JPEG files
/// in it and its folders, by name. Hidden files are left out. A path that leads to no picture is an
/// error in its place; the rest is listed all the same.
pub fn list_pictures(paths: &[PathBuf]) -> Vec<Result<PathBuf>> {
    paths.iter().flat_map(|path| pictures_of(path)).collect()
}

fn pictures_of(path: &Path) -> Vec<Result<PathBuf>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let visible = |e: &DirEntry| e.depth() == 0 || !e.file_name().to_string_lossy().starts_with('.');
    let walk = WalkDir::new(path).follow_links(true).sort_by_file_name();
    let mut found = Vec::new();
    for entry in walk.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_picture(entry.path()) => {
                found.push(Ok(entry.into_path()));
            }
            Ok(_) => {}
            Err(e) => {
                let place = e.path().unwrap_or(path).to_owned();
                let message = "cannot be looked into: allow this user to read it";
                found.push(Err(Error::at(ErrorKind::Picture, &place, message).with_source(e)));
            }
        }
    }
    if found.is_empty() {
        let message = "the folder holds no pictures: give one with .bmp, .png, .jpg or .jpeg files";
        found.push(Err(Error::at(ErrorKind::Picture, path, message)));
    }
    found
}

fn is_picture(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(e)))
}
