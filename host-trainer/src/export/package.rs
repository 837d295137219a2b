//! The model package: the networks, their golden outputs, the manifest, the card, one signature.

use super::card;
use super::networks::Exported;
use super::signing_key::SigningKey;
use crate::evaluate::Protocol;
use crate::{Error, ErrorKind};
use blastscope_inference::OnnxNetwork;
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::{LabelSet, Role};
use blastscope_shared::metrics::{MeasuredErrors, Performance};
use blastscope_shared::package::{
    DataSource, FORMAT, Golden, Manifest, NumberFormat, Package, TrustedKey, build,
};
use blastscope_shared::preprocess::{CellCrop, InputSpec};
use blastscope_shared::stain::StainReference;
use blastscope_shared::unknown::UnknownReference;
use std::collections::BTreeMap;

/// Cells whose outputs a package carries.
pub(crate) const GOLDEN_CELLS: usize = 16;

/// f32 sums in another order differ by far less. Of the largest logit, or of 1 where that is more.
const F32_TOLERANCE: f32 = 1e-3;

/// What is said of a network when it is released.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Release {
    /// Name, as in `lymphoblast.bsm`.
    pub name: String,
    /// Version of the model, `1.0.0`.
    pub version: String,
    /// Day of export, `2026-11-20`.
    pub created: String,
    /// Labels in the order of the network's outputs.
    pub labels: LabelSet,
    /// The role of each label by name; none are needed for two labels.
    pub roles: BTreeMap<String, Role>,
    /// Size and scale of the input.
    pub input: InputSpec,
    /// Temperature, threshold and abstention band, fitted on validation cells.
    pub calibration: Calibration,
    /// Colours of the training cells; `None` where whole pictures are judged.
    pub stain: Option<StainReference>,
    /// How often it errs on held-out cells, where folds kept subjects apart.
    pub performance: Option<Performance>,
    /// What it calls held-out cells, by subject and source.
    pub errors: Option<MeasuredErrors>,
    /// How far a cell may be from those that trained the network.
    pub unknown: Option<UnknownReference>,
    /// Subjects whose cells trained the network; none where the data name none.
    pub subjects: Vec<String>,
    /// How the folds that its figures come from were split.
    pub protocol: Protocol,
    /// Figures of the folds.
    pub metrics: serde_json::Value,
    /// Data the network was trained on.
    pub data: Vec<DataSource>,
}

/// Packs and signs the networks; `golden_cells` holds 16 cells or more, of which 16 are taken, evenly spread.
/// What comes back was opened again with the public key and gave its golden outputs.
pub(crate) fn pack(
    release: Release,
    exported: &Exported,
    golden_cells: &[CellCrop],
    key: &SigningKey,
) -> Result<Vec<u8>, Error> {
    let [_, height, width] = exported.input;
    let size = release.input.size as usize;
    if [height, width] != [size, size] || exported.labels != outputs_of(&release) {
        return Err(Error::new(
            ErrorKind::Package,
            format!(
                "a network of {height}x{width} px and {} outputs cannot be released for {size} px and {} outputs",
                exported.labels,
                outputs_of(&release)
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
    let mut networks: BTreeMap<NumberFormat, Vec<u8>> = [(NumberFormat::F32, exported.f32.clone())].into();
    if let Ok(integers) = &exported.integers {
        networks.insert(NumberFormat::Int8, integers.onnx.clone());
    }
    let logits: BTreeMap<NumberFormat, Vec<Vec<f32>>> = networks
        .iter()
        .map(|(p, onnx)| Ok((*p, OnnxNetwork::load(onnx)?.all_logits(&inputs)?)))
        .collect::<Result<_, Error>>()?;
    let golden_tolerance = logits
        .iter()
        .map(|(p, rows)| (*p, tolerance(*p, rows, exported)))
        .collect();
    let golden = Golden { inputs, logits };
    let preprocessing = release.input.preprocessing();
    let manifest = Manifest {
        format: FORMAT,
        name: release.name,
        version: release.version,
        created: release.created,
        labels: release.labels,
        roles: release.roles,
        input: release.input,
        preprocessing: preprocessing.into(),
        calibration: release.calibration,
        stain: release.stain,
        performance: release.performance,
        errors: release.errors,
        unknown: release.unknown,
        precisions: networks.keys().copied().collect(),
        golden_tolerance,
        subjects: release.subjects,
        metrics: release.metrics,
        data: release.data,
        parts: BTreeMap::new(),
    };
    let card = card::write(&manifest, exported, &release.protocol);
    let unsigned =
        |e: Error| blastscope_shared::Error::new(blastscope_shared::ErrorKind::Untrusted, e.to_string());
    let bytes = build(manifest, &networks, &golden, &card, |text| {
        key.sign(text).map_err(unsigned)
    })?;
    prove(&bytes, key)?;
    Ok(bytes)
}

/// Numbers that the network of a release gives: a logit a label, then the point in the space of distances.
fn outputs_of(release: &Release) -> usize {
    let point = release.unknown.as_ref().map_or(0, UnknownReference::dimensions);
    release.labels.len() + point
}

/// Right implementations may round the last integers by one step differently; a logit then moves by a few
/// steps' worth. A wrong implementation is off by whole logits.
fn tolerance(precision: NumberFormat, logits: &[Vec<f32>], exported: &Exported) -> f32 {
    match (precision, &exported.integers) {
        (NumberFormat::Int8, Ok(integers)) => (4.0 * integers.quantized.logit_quantum()).clamp(0.05, 0.25),
        _ => {
            let largest = logits.iter().flatten().fold(1.0f32, |m, v| m.max(v.abs()));
            F32_TOLERANCE * largest
        }
    }
}

/// Opens the package as a device does and runs its golden cells.
fn prove(bytes: &[u8], key: &SigningKey) -> Result<(), Error> {
    let package = Package::open(bytes, &[TrustedKey::parse(&key.public_text()?)?])?;
    let golden = package.golden()?;
    for &precision in &package.manifest().precisions {
        let onnx = package.network(precision).unwrap_or_default();
        let logits = OnnxNetwork::load(onnx)?.all_logits(&golden.inputs)?;
        let largest = logits.iter().flatten().fold(1.0f32, |m, v| m.max(v.abs()));
        golden.check(precision, &logits, F32_TOLERANCE * largest)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
