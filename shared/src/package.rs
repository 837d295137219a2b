//! The model package `NAME.bsm`: a zip of networks, golden outputs and a card around a signed
//! manifest. Nothing in it is used before its signature and hashes hold.

use crate::calibration::Calibration;
use crate::class::LabelSet;
use crate::preprocess::{CellCrop, InputSpec};
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

/// The version of the package format that this code reads and writes.
pub const FORMAT: u32 = 1;

/// The preprocessing of [`crate::preprocess`], as a manifest names it.
pub const PREPROCESSING: &str = "masked-centroid-triangle-1";

const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.json.minisig";
const GOLDEN: &str = "golden.safetensors";
const CARD: &str = "card.md";
/// Largest part that is read, bytes.
const MAX_PART: u64 = 64 << 20;
/// Most entries that a package may have.
const MAX_ENTRIES: usize = 16;

/// A number format that a network comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// `QLinearConv` networks: faster on cores with 8-bit dot products.
    Int8,
    /// Single precision: faster on older cores.
    F32,
}

impl Precision {
    /// All, the preferred first.
    pub const ALL: [Self; 2] = [Self::Int8, Self::F32];

    /// `int8` or `f32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::F32 => "f32",
        }
    }

    /// The part that holds this network.
    pub fn part(self) -> &'static str {
        match self {
            Self::Int8 => "network-int8.onnx",
            Self::F32 => "network-f32.onnx",
        }
    }
}

/// Where training data came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSource {
    /// Short name, `C-NMC 2019`.
    pub name: String,
    /// Licence of the data.
    pub licence: String,
    /// How to cite it.
    pub citation: String,
    /// Cells used.
    pub cells: u64,
}

/// What a package says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Name, as in `lymphoblast.bsm`.
    pub name: String,
    /// Version of this model, `1.0.0`.
    pub version: String,
    /// Day of export, `2026-11-20`.
    pub created: String,
    /// Labels in the order of the network's outputs.
    pub labels: LabelSet,
    /// Size and scale of the input.
    pub input: InputSpec,
    /// [`PREPROCESSING`].
    pub preprocessing: String,
    /// Temperature, threshold, abstention band.
    pub calibration: Calibration,
    /// Networks that the package holds.
    pub precisions: Vec<Precision>,
    /// Largest difference of a golden logit that a device accepts.
    pub golden_tolerance: BTreeMap<Precision, f32>,
    /// Subjects whose cells trained the network.
    pub subjects: Vec<String>,
    /// Figures, with the way they were measured.
    pub metrics: serde_json::Value,
    /// Data the network was trained on.
    pub data: Vec<DataSource>,
    /// Hex sha256 of every other part.
    pub parts: BTreeMap<String, String>,
}

/// Inputs with the outputs that a network must give for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Golden {
    /// Cells.
    pub inputs: Vec<CellCrop>,
    /// Logits of each network, one row a cell.
    pub logits: BTreeMap<Precision, Vec<Vec<f32>>>,
}

/// A package whose signature and hashes hold.
#[derive(Debug, Clone)]
pub struct Package {
    manifest: Manifest,
    parts: BTreeMap<String, Vec<u8>>,
}

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

/// Hex sha256 of some bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

impl Package {
    /// Opens a package: checks structure, signature, format, hashes, input spec and calibration.
    /// The golden outputs are checked by whoever runs the network, with [`Golden::check`].
    pub fn open(bytes: &[u8], trusted: &[TrustedKey]) -> Result<Self, Error> {
        let mut parts = read_zip(bytes)?;
        let text = take(&mut parts, MANIFEST)?;
        let signature = take(&mut parts, SIGNATURE)?;
        verify(&text, &signature, trusted)?;
        let manifest = parse_manifest(&text)?;
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
    pub fn network(&self, precision: Precision) -> Option<&[u8]> {
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
    networks: &BTreeMap<Precision, Vec<u8>>,
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
    let malformed = |e: &dyn std::fmt::Display| Error::new(ErrorKind::Malformed, format!("package: {e}"));
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| malformed(&e))?;
    parse_manifest(&text)?;
    let signature = sign(&text)?;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let all = [
        (MANIFEST.to_owned(), text),
        (SIGNATURE.to_owned(), signature.into_bytes()),
    ];
    for (name, bytes) in all.into_iter().chain(parts) {
        zip.start_file(name, options).map_err(|e| malformed(&e))?;
        zip.write_all(&bytes).map_err(|e| malformed(&e))?;
    }
    Ok(zip.finish().map_err(|e| malformed(&e))?.into_inner())
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

fn read_zip(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let malformed = |m: String| Error::new(ErrorKind::Malformed, m);
    let broken = |e: &dyn std::fmt::Display| {
        malformed(format!(
            "not a model package, or a damaged one ({e}): get the package from its source again"
        ))
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    if archive.len() > MAX_ENTRIES {
        return Err(malformed(format!(
            "a package has at most {MAX_ENTRIES} parts, this one {}",
            archive.len()
        )));
    }
    let mut parts = BTreeMap::new();
    for i in 0..archive.len() {
        let file = archive.by_index(i).map_err(|e| broken(&e))?;
        let name = file.name().map_err(|e| broken(&e))?.into_owned();
        let mut content = Vec::new();
        file.take(MAX_PART + 1)
            .read_to_end(&mut content)
            .map_err(|e| broken(&format!("part {name}: {e}")))?;
        if content.len() as u64 > MAX_PART {
            return Err(malformed(format!("part {name} is larger than {MAX_PART} bytes")));
        }
        if parts.insert(name.clone(), content).is_some() {
            return Err(malformed(format!("part {name} stands twice")));
        }
    }
    Ok(parts)
}

fn verify(text: &[u8], signature: &[u8], trusted: &[TrustedKey]) -> Result<(), Error> {
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

fn parse_manifest(text: &[u8]) -> Result<Manifest, Error> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let malformed = |e| Error::new(ErrorKind::Malformed, format!("{MANIFEST}: {e}"));
    let Version { format } = serde_json::from_slice(text).map_err(malformed)?;
    let version = |m: String| Err(Error::new(ErrorKind::Version, m));
    if format != FORMAT {
        return version(format!(
            "package format {format}: this program reads format {FORMAT}; update it, or export the model again"
        ));
    }
    let manifest: Manifest = serde_json::from_slice(text).map_err(malformed)?;
    if manifest.preprocessing != PREPROCESSING {
        return version(format!(
            "preprocessing {:?}: this program knows {PREPROCESSING:?}; update it, or export the model again",
            manifest.preprocessing
        ));
    }
    if manifest.precisions.is_empty() {
        return Err(Error::new(ErrorKind::Malformed, "the package holds no network"));
    }
    manifest.input.check()?;
    manifest.calibration.check()?;
    Ok(manifest)
}

impl Golden {
    /// Refuses when `logits` of a network are further from the golden ones than `tolerance`.
    pub fn check(&self, precision: Precision, logits: &[Vec<f32>], tolerance: f32) -> Result<(), Error> {
        let mismatch = |m: String| Error::new(ErrorKind::GoldenMismatch, m);
        let expected = self
            .logits
            .get(&precision)
            .ok_or_else(|| mismatch(format!("no golden outputs for {}", precision.name())))?;
        if logits.len() != expected.len() {
            return Err(mismatch(format!(
                "{} golden outputs, {} computed",
                expected.len(),
                logits.len()
            )));
        }
        for (i, (want, got)) in expected.iter().zip(logits).enumerate() {
            let same =
                want.len() == got.len() && want.iter().zip(got).all(|(a, b)| (a - b).abs() <= tolerance);
            if !same {
                return Err(mismatch(format!(
                    "golden cell {i}: the {} network gives {got:?} instead of {want:?} (tolerance {tolerance}): \
                     this device does not compute it right; use another precision or export the model again",
                    precision.name()
                )));
            }
        }
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        use safetensors::tensor::{Dtype, TensorView, serialize};
        let malformed =
            |e: safetensors::SafeTensorError| Error::new(ErrorKind::Malformed, format!("{GOLDEN}: {e}"));
        let count = self.inputs.len();
        let size = self.inputs.first().map_or(0, |c| c.size() as usize);
        let pixels: Vec<u8> = self
            .inputs
            .iter()
            .flat_map(|c| c.planes().iter().copied())
            .collect();
        let rows: Vec<(String, usize, Vec<u8>)> = self
            .logits
            .iter()
            .map(|(p, rows)| {
                let bytes = rows.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
                (
                    format!("logits_{}", p.name()),
                    rows.first().map_or(0, Vec::len),
                    bytes,
                )
            })
            .collect();
        let mut tensors = vec![(
            "input".to_owned(),
            TensorView::new(Dtype::U8, vec![count, 3, size, size], &pixels).map_err(malformed)?,
        )];
        for (name, width, bytes) in &rows {
            let view = TensorView::new(Dtype::F32, vec![count, *width], bytes).map_err(malformed)?;
            tensors.push((name.clone(), view));
        }
        serialize(tensors, None).map_err(malformed)
    }

    fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self, Error> {
        let malformed = |m: String| Error::new(ErrorKind::Malformed, format!("{GOLDEN}: {m}"));
        let tensors = safetensors::SafeTensors::deserialize(bytes).map_err(|e| malformed(e.to_string()))?;
        let tensor = |name: &str| {
            tensors
                .tensor(name)
                .map_err(|e| malformed(format!("{name}: {e}")))
        };
        let input = tensor("input")?;
        let size = manifest.input.size;
        let side = size as usize;
        if input.dtype() != safetensors::Dtype::U8
            || input.shape().len() != 4
            || input.shape()[1..] != [3, side, side]
        {
            return Err(malformed(format!(
                "input is not n x 3 x {side} x {side} of 8 bits"
            )));
        }
        let count = input.shape()[0];
        if count == 0 {
            return Err(malformed("no golden inputs".into()));
        }
        let inputs = input
            .data()
            .chunks_exact(3 * side * side)
            .map(|c| CellCrop::from_planes(size, c.to_vec()))
            .collect::<Result<_, _>>()?;
        let mut logits = BTreeMap::new();
        for &precision in &manifest.precisions {
            let name = format!("logits_{}", precision.name());
            let rows = tensor(&name)?;
            if rows.dtype() != safetensors::Dtype::F32 || rows.shape() != [count, manifest.labels.len()] {
                return Err(malformed(format!(
                    "{name} is not {count} x {} of f32",
                    manifest.labels.len()
                )));
            }
            let values: Vec<f32> = rows
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            logits.insert(
                precision,
                values
                    .chunks(manifest.labels.len())
                    .map(<[f32]>::to_vec)
                    .collect(),
            );
        }
        Ok(Self { inputs, logits })
    }
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
