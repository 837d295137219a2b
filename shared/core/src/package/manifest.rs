//! What a package says of itself, and what this program refuses of it.

use super::MANIFEST;
use crate::calibration::Calibration;
use crate::class::{LabelSet, Role, Roles};
use crate::metrics::{MeasuredErrors, Performance};
use crate::preprocess::InputSpec;
use crate::stain::StainReference;
use crate::unknown::UnknownReference;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the package format that this code reads and writes.
pub const FORMAT: u32 = 1;

/// The preprocessing of single cells in [`crate::preprocess`], as a manifest names it; others are named by
/// [`InputSpec::preprocessing`].
pub const PREPROCESSING: &str = crate::preprocess::MASKED_CELL;

/// A number format that a network comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberFormat {
    /// `QLinearConv` networks: faster on cores with 8-bit dot products.
    Int8,
    /// Single precision: faster on older cores.
    F32,
}

impl NumberFormat {
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
    /// The role of each label; none are stated for two labels, of which format 1 says that the first is the blast, nor
    /// where no label is a blast.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Role>,
    /// Size and scale of the input.
    pub input: InputSpec,
    /// [`InputSpec::preprocessing`] of the input.
    pub preprocessing: String,
    /// Temperature, threshold, abstention band.
    pub calibration: Calibration,
    /// Colours of the cells that trained the network; a device brings its own cells to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stain: Option<StainReference>,
    /// How often it errs on cells of subjects it was not trained on; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance: Option<Performance>,
    /// What it calls the cells of subjects and sources that it was not trained on; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<MeasuredErrors>,
    /// How far a cell may be from those that trained the network; `None`: that is not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<UnknownReference>,
    /// Networks that the package holds.
    pub precisions: Vec<NumberFormat>,
    /// Largest difference of a golden logit that a device accepts.
    pub golden_tolerance: BTreeMap<NumberFormat, f32>,
    /// Subjects whose cells trained the network.
    pub subjects: Vec<String>,
    /// Figures, with the way they were measured.
    pub metrics: serde_json::Value,
    /// Data the network was trained on.
    pub data: Vec<DataSource>,
    /// Hex sha256 of every other part.
    pub parts: BTreeMap<String, String>,
}

/// Reads a manifest and refuses another format, unknown preprocessing and impossible numbers.
pub(super) fn parse(text: &[u8]) -> Result<Manifest, Error> {
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
    let known = InputSpec::known_preprocessing();
    if !known.contains(&manifest.preprocessing.as_str()) {
        return version(format!(
            "preprocessing {:?}: this program knows {}; update it, or export the model again",
            manifest.preprocessing,
            known.join(", ")
        ));
    }
    if manifest.preprocessing != manifest.input.preprocessing() {
        return Err(Error::new(
            ErrorKind::Malformed,
            format!(
                "preprocessing {:?} does not go with its input, which takes {:?}: export the model again",
                manifest.preprocessing,
                manifest.input.preprocessing()
            ),
        ));
    }
    if manifest.precisions.is_empty() {
        return Err(Error::new(ErrorKind::Malformed, "the package holds no network"));
    }
    manifest.input.check()?;
    manifest.calibration.check()?;
    if let Some(stain) = &manifest.stain {
        stain.check()?;
    }
    manifest.performance.map_or(Ok(()), |p| p.check())?;
    manifest.roles()?;
    if let Some(errors) = &manifest.errors {
        errors.check(manifest.labels.len())?;
    }
    if let Some(unknown) = &manifest.unknown {
        unknown.check()?;
    }
    Ok(manifest)
}

impl Manifest {
    /// The role of each label; `None` where no label is a blast, as for grades of whole pictures. Refuses roles that do
    /// not go with the labels.
    pub fn roles(&self) -> Result<Option<Roles>, Error> {
        match (self.roles.is_empty(), self.labels.len()) {
            (false, _) => Roles::new(&self.labels, &self.roles).map(Some),
            (true, 2) => Ok(Some(Roles::of_pair())),
            (true, _) => Ok(None),
        }
    }

    /// Numbers that a network gives for a cell: a logit a label, then the point of [`UnknownReference`].
    pub fn outputs(&self) -> usize {
        self.labels.len() + self.unknown.as_ref().map_or(0, UnknownReference::dimensions)
    }
}
