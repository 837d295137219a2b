use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::package::sha256_hex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

/// What was submitted and may still run: `state.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    version: u32,
    /// Names of the arrays begin so; no other grid's do.
    prefix: String,
    pub arrays: Vec<Array>,
    /// How often each job was submitted, by folder.
    pub tries: BTreeMap<String, u32>,
    #[serde(skip)]
    path: PathBuf,
}

/// One array.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Array {
    pub name: String,
    /// None between the plan and the answer of `sbatch`.
    pub id: Option<String>,
    /// Folders, in the order of the elements.
    pub jobs: Vec<String>,
}

impl State {
    /// What an earlier call left, or nothing yet.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("state.json");
        let mut state = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice::<Self>(&bytes)
                .map_err(|e| refuse(&path, &e.to_string()).caused_by(e))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let key = format!(
                    "{} {} {}",
                    path.display(),
                    jiff::Timestamp::now(),
                    std::process::id()
                );
                Self {
                    version: VERSION,
                    prefix: format!("blastscope-{}", &sha256_hex(key.as_bytes())[..8]),
                    arrays: Vec::new(),
                    tries: BTreeMap::new(),
                    path: PathBuf::new(),
                }
            }
            Err(e) => return Err(Error::io("read", &path, e)),
        };
        if state.version != VERSION {
            return Err(refuse(
                &path,
                &format!("version {}, not {VERSION}", state.version),
            ));
        }
        state.path = path;
        Ok(state)
    }

    pub(crate) fn write(&self) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| Error::with_source(ErrorKind::Launcher, "cannot write state.json", e))?;
        durable_file::write(&self.path, (text + "\n").as_bytes())
    }

    /// Nothing is under way any more.
    pub(crate) fn end(&self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &self.path, e)),
            _ => Ok(()),
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.arrays.iter().map(|a| a.name.clone()).collect()
    }

    pub(crate) fn next_name(&self) -> String {
        format!("{}-{}", self.prefix, self.arrays.len() + 1)
    }

    /// Numbers of the arrays, or names where they are not known.
    pub(crate) fn shown(&self) -> Vec<String> {
        let shown = |a: &Array| a.id.clone().unwrap_or_else(|| a.name.clone());
        self.arrays.iter().map(shown).collect()
    }

    /// The element that a job was last submitted as: name of the array and number.
    pub(crate) fn element(&self, folder: &Path) -> Option<(&str, usize)> {
        self.arrays.iter().rev().find_map(|array| {
            let index = array.jobs.iter().position(|j| Path::new(j) == folder)?;
            Some((array.name.as_str(), index))
        })
    }
}

fn refuse(path: &Path, why: &str) -> Error {
    let message = format!(
        "{}: {why}; see with `squeue` that nothing of it runs any more, then remove the file",
        path.display()
    );
    Error::new(ErrorKind::Launcher, message)
}
