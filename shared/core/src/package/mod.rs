//! The model package `NAME.bsm`: a zip of networks, golden outputs and a card around a signed
//! manifest. Nothing in it is used before its signature and hashes hold.

mod archive;
mod golden;
mod manifest;
mod signature;

pub use golden::Golden;
pub use manifest::{DataSource, FORMAT, Manifest, NumberFormat, PREPROCESSING};
pub use signature::TrustedKey;

use crate::{Error, ErrorKind};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.json.minisig";
const GOLDEN: &str = "golden.safetensors";
const CARD: &str = "card.md";

/// A package whose signature and hashes hold.
#[derive(Debug, Clone)]
pub struct Package {
    manifest: Manifest,
    parts: BTreeMap<String, Vec<u8>>,
}

/// Hex sha256 of some bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

impl Package {
    /// Opens a package: checks structure, signature, format, hashes, input spec and calibration.
    /// The golden outputs are checked by whoever runs the network, with [`Golden::check`].
    pub fn open(bytes: &[u8], trusted: &[TrustedKey]) -> Result<Self, Error> {
        let mut parts = archive::read(bytes)?;
        let text = take(&mut parts, MANIFEST)?;
        let signature = take(&mut parts, SIGNATURE)?;
        signature::verify(&text, &signature, trusted)?;
        let manifest = manifest::parse(&text)?;
        for (name, expected) in &manifest.parts {
            let part = parts.get(name).ok_or_else(|| missing(name))?;
            if sha256_hex(part) != *expected {
                return Err(Error::new(
                    ErrorKind::Untrusted,
                    format!(
                        "part {name} is not the one that was signed (sha256 differs): copy the package again"
                    ),
                ));
            }
        }
        if let Some(extra) = parts.keys().find(|k| !manifest.parts.contains_key(*k)) {
            return Err(Error::new(
                ErrorKind::Untrusted,
                format!(
                    "part {extra} is not named in the signed manifest: get the package from its source again"
                ),
            ));
        }
        let needed = manifest.precisions.iter().map(|p| p.part()).chain([GOLDEN, CARD]);
        if let Some(name) = needed.into_iter().find(|n| !manifest.parts.contains_key(*n)) {
            return Err(missing(name));
        }
        Ok(Self { manifest, parts })
    }

    /// What the package says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The ONNX bytes of a network, if the package holds it.
    pub fn network(&self, precision: NumberFormat) -> Option<&[u8]> {
        let held = self.manifest.precisions.contains(&precision);
        held.then(|| self.parts.get(precision.part()).map(Vec::as_slice))
            .flatten()
    }

    /// The model card, Markdown.
    pub fn card(&self) -> String {
        String::from_utf8_lossy(self.parts.get(CARD).map_or(&[], Vec::as_slice)).into_owned()
    }

    /// The golden inputs and outputs.
    pub fn golden(&self) -> Result<Golden, Error> {
        let bytes = self.parts.get(GOLDEN).ok_or_else(|| missing(GOLDEN))?;
        Golden::from_bytes(bytes, &self.manifest)
    }
}

/// Writes a package. `sign` gets the bytes of the manifest and returns the text of a minisign signature.
/// `manifest.parts` is filled in here.
pub fn build(
    mut manifest: Manifest,
    networks: &BTreeMap<NumberFormat, Vec<u8>>,
    golden: &Golden,
    card: &str,
    sign: impl FnOnce(&[u8]) -> Result<String, Error>,
) -> Result<Vec<u8>, Error> {
    let mut parts: BTreeMap<String, Vec<u8>> = networks
        .iter()
        .map(|(p, bytes)| (p.part().to_owned(), bytes.clone()))
        .collect();
    parts.insert(GOLDEN.into(), golden.to_bytes()?);
    parts.insert(CARD.into(), card.as_bytes().to_vec());
    manifest.precisions = networks.keys().copied().collect();
    manifest.parts = parts
        .iter()
        .map(|(name, bytes)| (name.clone(), sha256_hex(bytes)))
        .collect();
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|e| Error::new(ErrorKind::Malformed, format!("package: {e}")))?;
    manifest::parse(&text)?;
    let signature = sign(&text)?;
    let sealed = [
        (MANIFEST.to_owned(), text),
        (SIGNATURE.to_owned(), signature.into_bytes()),
    ];
    archive::write(sealed.into_iter().chain(parts))
}

fn missing(name: &str) -> Error {
    Error::new(
        ErrorKind::Malformed,
        format!("part {name} is missing: get the package from its source again"),
    )
}

fn take(parts: &mut BTreeMap<String, Vec<u8>>, name: &str) -> Result<Vec<u8>, Error> {
    parts.remove(name).ok_or_else(|| missing(name))
}

#[cfg(test)]
mod tests;
