//! The model package: both networks, their golden outputs, the manifest, the card, one signature.

use super::card;
use super::networks::Exported;
use super::signing_key::SigningKey;
use super::tract_runner::TractRunner;
use crate::network::{Error, ErrorKind};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;
use blastscope_shared::package::{
    DataSource, FORMAT, Golden, Manifest, PREPROCESSING, Package, Precision, TrustedKey, build,
};
use blastscope_shared::preprocess::{CellCrop, InputSpec};
use std::collections::BTreeMap;

/// Cells whose outputs a package carries.
pub const GOLDEN_CELLS: usize = 16;

/// f32 sums in another order differ by far less.
const F32_TOLERANCE: f32 = 1e-3;

/// What is said of a network when it is released.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Name, as in `lymphoblast.bsm`.
    pub name: String,
    /// Version of the model, `1.0.0`.
    pub version: String,
    /// Day of export, `2026-11-20`.
    pub created: String,
    /// Labels in the order of the network's outputs.
    pub labels: LabelSet,
    /// Size and scale of the input.
    pub input: InputSpec,
    /// Temperature, threshold and abstention band, fitted on validation cells.
    pub calibration: Calibration,
    /// Subjects whose cells trained the network.
    pub subjects: Vec<String>,
    /// Figures of the folds.
    pub metrics: serde_json::Value,
    /// Data the network was trained on.
    pub data: Vec<DataSource>,
}

/// Packs and signs both networks; `golden_cells` holds 16 cells or more, of which 16 are taken, evenly spread.
/// What comes back was opened again with the public key and gave its golden outputs.
pub fn pack(
    release: Release,
    exported: &Exported,
    golden_cells: &[CellCrop],
    key: &SigningKey,
) -> Result<Vec<u8>, Error> {
    let [_, height, width] = exported.quantized.input;
    let size = release.input.size as usize;
    if [height, width] != [size, size] || exported.quantized.labels() != release.labels.len() {
        return Err(Error::new(
            ErrorKind::Package,
            format!(
                "a network of {height}x{width} px and {} labels cannot be released for {size} px and {} labels",
                exported.quantized.labels(),
                release.labels.len()
            ),
        ));
    }
    if golden_cells.len() < GOLDEN_CELLS {
        return Err(Error::new(
            ErrorKind::Cells,
            format!("{} golden cells: give {GOLDEN_CELLS} or more", golden_cells.len()),
        ));
    }
    let inputs: Vec<CellCrop> = (0..GOLDEN_CELLS)
        .map(|i| golden_cells[i * golden_cells.len() / GOLDEN_CELLS].clone())
        .collect();
    let networks: BTreeMap<Precision, Vec<u8>> = [
        (Precision::Int8, exported.int8.clone()),
        (Precision::F32, exported.f32.clone()),
    ]
    .into();
    let logits = networks
        .iter()
        .map(|(p, onnx)| Ok((*p, TractRunner::load(onnx)?.all_logits(&inputs)?)))
        .collect::<Result<_, Error>>()?;
    let golden = Golden { inputs, logits };
    let manifest = Manifest {
        format: FORMAT,
        name: release.name,
        version: release.version,
        created: release.created,
        labels: release.labels,
        input: release.input,
        preprocessing: PREPROCESSING.into(),
        calibration: release.calibration,
        precisions: networks.keys().copied().collect(),
        golden_tolerance: [
            (Precision::F32, F32_TOLERANCE),
            (Precision::Int8, int8_tolerance(exported)),
        ]
        .into(),
        subjects: release.subjects,
        metrics: release.metrics,
        data: release.data,
        parts: BTreeMap::new(),
    };
    let card = card::write(&manifest, &exported.report);
    let unsigned =
        |e: Error| blastscope_shared::Error::new(blastscope_shared::ErrorKind::Untrusted, e.to_string());
    let bytes = build(manifest, &networks, &golden, &card, |text| {
        key.sign(text).map_err(unsigned)
    })?;
    prove(&bytes, key)?;
    Ok(bytes)
}

/// Right implementations may round the last integers by one step differently; a logit then moves by a few
/// steps' worth. A wrong implementation is off by whole logits.
fn int8_tolerance(exported: &Exported) -> f32 {
    (4.0 * exported.quantized.logit_quantum()).clamp(0.05, 0.25)
}

/// Opens the package as a device does and runs its golden cells.
fn prove(bytes: &[u8], key: &SigningKey) -> Result<(), Error> {
    let package = Package::open(bytes, &[TrustedKey::parse(&key.public_text()?)?])?;
    let golden = package.golden()?;
    for precision in Precision::ALL {
        let onnx = package.network(precision).unwrap_or_default();
        let logits = TractRunner::load(onnx)?.all_logits(&golden.inputs)?;
        golden.check(precision, &logits, F32_TOLERANCE)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
