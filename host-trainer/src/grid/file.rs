use super::Axis;
use crate::{Error, ErrorKind, nearest::with_nearest};
use serde::Deserialize;
use std::path::Path;

/// A grid as a TOML file: which recipe, which keys with which values, which folds and seeds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GridFile {
    /// Name or path of the recipe, as for `--recipe`.
    pub recipe: String,
    /// By default all.
    #[serde(default)]
    pub folds: Folds,
    /// By default the recipe's alone.
    #[serde(default)]
    pub seeds: Vec<u64>,
    /// The keys, in the order of tables and pictures.
    #[serde(default)]
    pub over: Vec<Axis>,
}

/// Which folds of a split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(crate) enum Folds {
    /// All.
    #[default]
    All,
    /// These.
    Some(Vec<usize>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "folds: give \"all\" or a list such as [0, 1]")]
enum Written {
    Word(String),
    List(Vec<usize>),
}

impl TryFrom<Written> for Folds {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Word(word) => word.parse(),
            Written::List(list) => Ok(Self::Some(list)),
        }
    }
}

impl std::str::FromStr for Folds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let numbers = text.split(',').map(|n| n.trim().parse());
        let numbers: Result<Vec<usize>, _> = numbers.collect();
        numbers
            .map(Self::Some)
            .map_err(|_| format!("folds {text:?}: give \"all\" or numbers such as 0,1"))
    }
}

impl Folds {
    /// The numbers, of a split into `count`; refuses one that the split does not have, and one named twice.
    pub(crate) fn numbers(&self, count: usize) -> Result<Vec<usize>, Error> {
        let Self::Some(list) = self else {
            return Ok((0..count).collect());
        };
        let mut sorted = list.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let message = if list.is_empty() {
            "no folds: give \"all\" or at least one".to_owned()
        } else if sorted.len() < list.len() {
            "a fold is named twice".to_owned()
        } else if let Some(fold) = list.iter().find(|f| **f >= count) {
            format!("there is no fold {fold}: the split has {count}, counted from 0")
        } else {
            return Ok(list.clone());
        };
        Err(Error::new(ErrorKind::Grid, format!("folds: {message}")))
    }
}

impl GridFile {
    /// Reads a grid file; an unknown key is named, with the nearest known one.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
        let refuse = |why: String| Error::new(ErrorKind::Grid, format!("{}: {why}", path.display()));
        let file: Self =
            toml::from_str(&text).map_err(|e| refuse(with_nearest(&e.to_string())).caused_by(e))?;
        for axis in &file.over {
            axis.check().map_err(|e| refuse(e.to_string()).caused_by(e))?;
        }
        Ok(file)
    }
}
