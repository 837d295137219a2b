//! Where a package and the keys it is checked against come from.

use crate::{Error, ErrorKind, Result};
use blastscope_shared::package::{Package, TrustedKey};
use std::path::{Path, PathBuf};

/// The package that is used when none is named.
const DEFAULT_MODEL: &str = "models/blood.bsm";
/// The keys that are trusted when none is named: of the releases up to lymphoblast 1.2.0, and of those since.
const DEFAULT_KEYS: [&str; 2] = ["models/release.pub", "models/release-2.pub"];
/// Where an installed device keeps `models`.
const INSTALLED: &str = "/usr/share/blastscope";
/// Largest package file that is read, bytes: VGG-19 in single precision has 548 MiB.
const MAX_PACKAGE: u64 = 640 << 20;
/// Largest key file that is read, bytes.
const MAX_KEY: u64 = 64 << 10;

/// A package file with the public keys of those who may have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSource {
    /// The package.
    pub package: PathBuf,
    /// Public minisign keys, one a file.
    pub trusted_keys: Vec<PathBuf>,
}

impl ModelSource {
    /// What was named, else the released package and key: below the working directory, beside the
    /// program or a folder above it, or where an installed device has them.
    pub fn resolve(package: Option<&Path>, trusted_keys: &[PathBuf]) -> Result<Self> {
        let package = match package {
            Some(path) => path.to_owned(),
            None => locate(DEFAULT_MODEL).ok_or_else(|| absent(DEFAULT_MODEL, "--model PKG"))?,
        };
        let trusted_keys = match trusted_keys {
            [] => match DEFAULT_KEYS.into_iter().filter_map(locate).collect::<Vec<_>>() {
                none if none.is_empty() => return Err(absent(DEFAULT_KEYS[1], "--trusted-key FILE")),
                found => found,
            },
            named => named.to_vec(),
        };
        Ok(Self {
            package,
            trusted_keys,
        })
    }

    /// Reads the package and checks its signature, parts, format and numbers.
    pub fn open(&self) -> Result<Package> {
        let keys = self.trusted_keys.iter().map(|path| {
            let bytes = read(path, MAX_KEY, "a public key")?;
            TrustedKey::parse(&String::from_utf8_lossy(&bytes))
                .map_err(|e| Error::at(ErrorKind::Package, path, e))
        });
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let bytes = read(&self.package, MAX_PACKAGE, "a model package")?;
        Package::open(&bytes, &keys).map_err(|e| Error::at(ErrorKind::Package, &self.package, e))
    }
}

/// A file that comes with the program, by its path below the repository's root.
pub fn locate(relative: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let above = program
        .iter()
        .flat_map(|p| p.ancestors().skip(1))
        .map(Path::to_owned);
    std::iter::once(PathBuf::new())
        .chain(above)
        .chain([PathBuf::from(INSTALLED)])
        .map(|folder| folder.join(relative))
        .find(|path| path.is_file())
}

fn absent(what: &str, flag: &str) -> Error {
    let message = format!(
        "{what} is neither in the working directory nor beside the program nor in {INSTALLED}: \
         run this in the repository, or give {flag}"
    );
    Error::new(ErrorKind::Package, message)
}

fn read(path: &Path, limit: u64, what: &str) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|f| f.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|e| {
            let message = "cannot be read: check the path and that this user may read it";
            Error::at(ErrorKind::Package, path, message).with_source(e)
        })?;
    if bytes.len() as u64 > limit {
        let message = format!(
            "larger than {} KiB, it is not {what}: check the path",
            limit >> 10
        );
        return Err(Error::at(ErrorKind::Package, path, message));
    }
    Ok(bytes)
}
