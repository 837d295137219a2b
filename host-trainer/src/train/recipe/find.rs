//! Recipes by short name, as files below a folder.

use crate::nearest::nearest;
use crate::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Folder of recipes beside the working directory.
pub(crate) const RECIPES: &str = "recipes";

/// The file of a recipe: a path, or a name such as `muntasa2025` of `recipes/muntasa2025.toml` or
/// `recipes/baselines/muntasa2025.toml` in `folder`. An unknown name is refused with the nearest one.
pub(crate) fn find_recipe(given: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let name = given.to_string_lossy();
    if given.extension().is_some() || name.contains(['/', '\\']) || given.is_file() {
        return Ok(given.to_owned());
    }
    let known = recipes_below(folder)?;
    let stem = |path: &Path| path.file_stem().map(|s| s.to_string_lossy().into_owned());
    if let Some(found) = known.iter().find(|p| stem(p).as_deref() == Some(&*name)) {
        return Ok(found.clone());
    }
    let names: Vec<String> = known.iter().filter_map(|p| stem(p)).collect();
    let close = nearest(&name, names.iter().map(String::as_str));
    let close = close.map_or(String::new(), |n| format!("; the nearest one is {n:?}"));
    Err(Error::new(
        ErrorKind::Recipe,
        format!(
            "there is no recipe {name:?} in {}{close}: give the path of a recipe, or a name of `blastscope-train recipes`",
            folder.display()
        ),
    ))
}

/// Folders below that of recipes that hold none: grids, and lists of sources of cells.
const OTHERS: [&str; 2] = ["grids", "cells"];

/// The `.toml` files of a folder and of its own folders but `grids` and `cells`, in order: those of the folder first.
pub(crate) fn recipes_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let walk = walkdir::WalkDir::new(folder).max_depth(2).into_iter();
    for entry in walk.filter_entry(|e| e.depth() != 1 || !OTHERS.iter().any(|o| e.file_name() == *o)) {
        let entry = entry.map_err(|e| {
            let message = format!(
                "cannot read the recipes of {}: give their folder",
                folder.display()
            );
            Error::with_source(ErrorKind::Io, message, e)
        })?;
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == "toml") {
            found.push((entry.depth(), entry.into_path()));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_name_finds_its_file_and_a_path_stays_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("baselines")).unwrap();
        for file in ["dense.toml", "baselines/vgg16.toml", "notes.md"] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        let find = |given: &str| find_recipe(Path::new(given), dir.path());
        assert_eq!(find("vgg16").unwrap(), dir.path().join("baselines/vgg16.toml"));
        assert_eq!(find("dense").unwrap(), dir.path().join("dense.toml"));
        for path in ["other/dense.toml", "dense.toml", "some/dense"] {
            assert_eq!(find(path).unwrap(), Path::new(path));
        }
        let error = find("vgg61").unwrap_err().to_string();
        assert!(error.contains("the nearest one is \"vgg16\""), "{error}");
        assert_eq!(recipes_below(dir.path()).unwrap().len(), 2);
        assert!(recipes_below(&dir.path().join("none")).is_err());
    }
}
