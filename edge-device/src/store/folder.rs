//! The data directory, held by one process.

use crate::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// A data directory that can be written and that no other process uses.
#[derive(Debug)]
pub(super) struct DataFolder {
    path: PathBuf,
    // Released when the process ends, however it ends.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing, and takes its lock.
    pub(super) fn take(path: &Path) -> Result<Self> {
        let unusable = |e: std::io::Error| {
            let message = "the data directory cannot be written: give --data-dir a folder on a writable \
                           disk that belongs to this user";
            Error::at(ErrorKind::Store, path, message).with_source(e)
        };
        std::fs::create_dir_all(path).map_err(unusable)?;
        let lock = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock);
        let lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => {
                let message =
                    "another blastscope uses this data directory: stop it, or give another --data-dir";
                Err(Error::at(ErrorKind::Store, path, message))
            }
            Err(TryLockError::Error(e)) => Err(unusable(e)),
        }
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join("blastscope.sqlite")
    }
}
