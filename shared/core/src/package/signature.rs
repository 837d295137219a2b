//! Whose packages are trusted: minisign keys, and the signature of a manifest.

use super::SIGNATURE;
use crate::{Error, ErrorKind};

/// A public minisign key that packages are checked against.
#[derive(Debug, Clone)]
pub struct TrustedKey(minisign_verify::PublicKey);

impl TrustedKey {
    /// Reads a `.pub` file: a comment line and the key, or the key alone.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let key = text
            .lines()
            .map(str::trim)
            .rfind(|l| !l.is_empty() && !l.starts_with("untrusted comment"));
        key.and_then(|k| minisign_verify::PublicKey::from_base64(k).ok())
            .map(Self)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Malformed,
                    "not a minisign public key: give the .pub file that the trainer wrote",
                )
            })
    }
}

/// Refuses a text that none of the keys signed.
pub(super) fn verify(text: &[u8], signature: &[u8], trusted: &[TrustedKey]) -> Result<(), Error> {
    let signature = std::str::from_utf8(signature)
        .ok()
        .and_then(|s| minisign_verify::Signature::decode(s).ok())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Malformed,
                format!("{SIGNATURE} is not a minisign signature"),
            )
        })?;
    if trusted
        .iter()
        .any(|key| key.0.verify(text, &signature, false).is_ok())
    {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Untrusted,
        "the signature is of no trusted key, or the manifest was changed after signing: \
         if you trust its maker, add their public key to the configuration (trusted_keys)",
    ))
}
