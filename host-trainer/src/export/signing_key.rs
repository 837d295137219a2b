//! The minisign key that signs packages. The secret half stays with whoever releases; it is never committed.

use crate::{Error, ErrorKind};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use std::fs::OpenOptions;
use std::io::{Cursor, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A secret key with its public half.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey {
    secret: SecretKey,
    public: PublicKey,
}

/// Where the secret key lies unless told otherwise: `$XDG_CONFIG_HOME/blastscope/release.key`.
pub(crate) fn default_path() -> Result<PathBuf, Error> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .map(|folder| folder.join("blastscope").join("release.key"))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Key,
                "neither XDG_CONFIG_HOME nor HOME is set: say where the signing key lies",
            )
        })
}

/// Where the public half of a secret key lies: the same name with `.pub`.
pub(crate) fn public_path(secret: &Path) -> PathBuf {
    secret.with_extension("pub")
}

impl SigningKey {
    /// Makes a new pair and writes the secret key (readable by its owner alone) and the public key beside
    /// it; refuses when either file stands already.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let public = public_path(path);
        for file in [path, &public] {
            if file.symlink_metadata().is_ok() {
                return Err(fault(
                    file,
                    "exists already and is not overwritten: move it away, or use it",
                ));
            }
        }
        if public == path {
            return Err(fault(
                path,
                "ends in .pub, which names the public key: choose another name",
            ));
        }
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| fault_by(folder, "cannot be made", e))?;
        }
        let pair =
            KeyPair::generate_unencrypted_keypair().map_err(|e| fault_by(path, "no key can be drawn", e))?;
        let secret = pair.sk.to_box(Some("blastscope release key: keep secret"));
        let secret = secret
            .map_err(|e| fault_by(path, "cannot be written as text", e))?
            .into_string();
        let key = Self {
            secret: pair.sk,
            public: pair.pk,
        };
        write_new(path, secret.as_bytes(), 0o600)?;
        write_new(&public, key.public_text()?.as_bytes(), 0o644)?;
        Ok(key)
    }

    /// Reads a secret key; refuses one that others may read.
    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            let hint = "cannot be read: make one with `blastscope-train key new`, or say where it lies";
            fault_by(path, hint, e)
        })?;
        let mode = std::fs::metadata(path).map_err(|e| fault_by(path, "cannot be read", e))?;
        if mode.permissions().mode() & 0o077 != 0 {
            return Err(fault(path, "can be read by others: chmod 600 it"));
        }
        let secret = SecretKeyBox::from_string(&text)
            .and_then(SecretKey::from_unencrypted_box)
            .map_err(|e| fault_by(path, "is not a minisign secret key without password", e))?;
        let public =
            PublicKey::from_secret_key(&secret).map_err(|e| fault_by(path, "has no public key", e))?;
        Ok(Self { secret, public })
    }

    /// The text of the `.pub` file.
    pub(crate) fn public_text(&self) -> Result<String, Error> {
        let text = self
            .public
            .to_box()
            .map_err(|e| Error::with_source(ErrorKind::Key, "the public key cannot be written as text", e))?;
        Ok(text.into_string())
    }

    /// The text of a minisign signature of some bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<String, Error> {
        minisign::sign(Some(&self.public), &self.secret, Cursor::new(bytes), None, None)
            .map(|s| s.into_string())
            .map_err(|e| Error::with_source(ErrorKind::Key, "the package cannot be signed", e))
    }
}

fn fault(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Key, format!("{}: {why}", path.display()))
}

fn fault_by(path: &Path, why: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::with_source(ErrorKind::Key, format!("{}: {why}", path.display()), source)
}

/// Writes a file that must not stand yet. A half-written one is removed.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(|e| fault_by(path, "cannot be written", e))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| {
        // Best effort: the error that is told is the first one.
        let _ = std::fs::remove_file(path);
        fault_by(path, "cannot be written", e)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_private_signs_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/release.key");
        let made = SigningKey::create(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = SigningKey::load(&path).unwrap();
        let public = std::fs::read_to_string(folder.path().join("deep/release.pub")).unwrap();
        assert_eq!(public, made.public_text().unwrap());
        assert_eq!(public, read.public_text().unwrap());
        assert!(read.sign(b"manifest").unwrap().contains("trusted comment"));
        let before = std::fs::read(&path).unwrap();
        let error = SigningKey::create(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Key);
        assert!(error.to_string().contains("not overwritten"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_key_that_is_absent_shared_or_no_key_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("release.key");
        let message = |p: &Path| SigningKey::load(p).unwrap_err().to_string();
        assert!(message(&path).contains("key new"));
        SigningKey::create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(message(&path).contains("chmod 600"));
        let other = folder.path().join("other.key");
        write_new(&other, b"no key", 0o600).unwrap();
        assert!(message(&other).contains("not a minisign secret key"));
        assert!(SigningKey::create(&folder.path().join("x.pub")).is_err());
    }
}
