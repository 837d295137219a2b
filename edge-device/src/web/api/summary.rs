//! Everything that is said of a slide.

use super::finding::{Explanation, Finding};
use crate::domain;
use blastscope_shared::DISCLAIMER;
use blastscope_shared::metrics;
use blastscope_vision::raster::PixelSize;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// Everything that is said of a slide.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct Summary {
    /// Fields looked at.
    fields: u64,
    /// Those among them that were unfit; their cells are not counted.
    fields_unusable: u64,
    /// Cells classified: the sum of the counts.
    cells: u64,
    /// Cells of each label in the order of the network's outputs, then the `unidentified`.
    #[serde(serialize_with = "as_map")]
    #[schema(value_type = HashMap<String, u64>)]
    counts: Vec<domain::ClassCount>,
    /// The white cells by label, in the order of the labels; empty for a slide of a version before this.
    differential: Vec<DifferentialShare>,
    /// Labels reported beside the white cells.
    beside: Vec<PerHundredWhiteCells>,
    /// Blasts per white cell in percent; `null` without white cells, or when the classifier has no say here.
    #[schema(required)]
    blast_percent: Option<f64>,
    /// 95 % interval of the same share (Wilson 1927): lower and upper bound, percent.
    #[schema(min_items = 2, max_items = 2)]
    interval: [f64; 2],
    /// Share of blasts corrected for the errors of the classifier (Rogan and Gladen 1978), percent; `null` when they
    /// are unknown, or the classifier cannot tell or has no say here.
    #[schema(required)]
    corrected_percent: Option<f64>,
    /// Its 95 % interval, which carries the uncertainty of those errors too, percent; `null` when they are unknown.
    #[schema(required, min_items = 2, max_items = 2)]
    corrected_interval: Option<[f64; 2]>,
    /// How often the classifier errs; `null` when its package does not say.
    #[schema(required)]
    performance: Option<Performance>,
    /// What that gives a person to do.
    finding: Finding,
    /// Why it is that finding.
    explanation: Explanation,
    /// Cells found but not classified, and never seen whole: cut by the border of their field, or on a field of
    /// unknown scale.
    rejected: u64,
    /// Classified cells that an earlier field has shown already; they have no part in the counts.
    duplicates: u64,
    /// Where the scale of the fields came from.
    scale: SlideScale,
    /// How far a person has gone with the slide.
    status: ReviewState,
    /// What this is not.
    notice: &'static str,
}

/// The share of one label among the white cells.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct DifferentialShare {
    /// The label.
    label: String,
    /// Cells that count as it.
    cells: u64,
    /// Their share of the white cells, percent; `null` without white cells, or when the classifier has no say here.
    #[schema(required)]
    percent: Option<f64>,
    /// 95 % interval of the same share (Wilson 1927): lower and upper bound, percent.
    #[schema(min_items = 2, max_items = 2)]
    interval: [f64; 2],
    /// The share corrected for the errors of the classifier, percent; `null` when they are unknown, or the classifier
    /// cannot tell.
    #[schema(required)]
    corrected_percent: Option<f64>,
    /// Its 95 % interval, percent; `null` when the errors are unknown.
    #[schema(required, min_items = 2, max_items = 2)]
    corrected_interval: Option<[f64; 2]>,
}

/// Cells of one label that is reported beside the white cells.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct PerHundredWhiteCells {
    /// The label.
    label: String,
    /// Cells that count as it.
    cells: u64,
    /// Cells for each 100 white cells; `null` without white cells, or when the classifier has no say here.
    #[schema(required)]
    per_hundred: Option<f64>,
    /// Its 95 % interval.
    #[schema(required, min_items = 2, max_items = 2)]
    interval: Option<[f64; 2]>,
}

/// How far a person has gone with a slide. What is unsigned is never called final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum ReviewState {
    /// Nobody has signed it.
    Unsigned,
}

/// Sensitivity and specificity for the first label, among identified cells of subjects that the network was not
/// trained on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct Performance {
    /// Blasts that are called blasts.
    sensitivity: MeasuredShare,
    /// Other cells that are not.
    specificity: MeasuredShare,
}

/// A share of right answers with its uncertainty, measured on the cells of several subjects.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct MeasuredShare {
    /// Right answers per cell, 0 to 1.
    share: f64,
    /// Standard error over subjects, 0 to 1.
    standard_error: f64,
    /// Cells.
    cells: u64,
    /// Subjects that they are of.
    subjects: u64,
}

/// The scales of one slide's fields.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct SlideScale {
    /// `null` when no field has a scale.
    #[schema(required)]
    origin: Option<ScaleOrigin>,
    /// Median over the fields.
    #[schema(required)]
    nanometres_per_pixel: Option<u32>,
    /// Fields without a scale; their cells are rejected.
    fields_without: u64,
}

/// Where a scale came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::web) enum ScaleOrigin {
    /// The operator or the camera states it.
    Given,
    /// The red cells of the field itself, taken to be 7.5 µm across.
    RedCells,
    /// The red cells of earlier fields of the slide.
    EarlierFields,
}

impl Summary {
    /// The summary of a slide that a person has gone so far with.
    pub(super) fn new(summary: domain::Summary, status: domain::ReviewState) -> Self {
        Self {
            fields: summary.fields,
            fields_unusable: summary.fields_unusable,
            cells: summary.cells,
            counts: summary.counts,
            differential: summary.differential.into_iter().map(Into::into).collect(),
            beside: summary.beside.into_iter().map(Into::into).collect(),
            blast_percent: summary.blast_percent,
            interval: summary.interval,
            corrected_percent: summary.corrected_percent,
            corrected_interval: summary.corrected_interval,
            performance: summary.performance.map(Performance::from),
            finding: summary.finding.into(),
            explanation: summary.explanation.into(),
            rejected: summary.rejected,
            duplicates: summary.duplicates,
            scale: summary.scale.into(),
            status: status.into(),
            notice: DISCLAIMER,
        }
    }
}

impl From<domain::DifferentialShare> for DifferentialShare {
    fn from(share: domain::DifferentialShare) -> Self {
        Self {
            label: share.label,
            cells: share.cells,
            percent: share.percent,
            interval: share.interval,
            corrected_percent: share.corrected_percent,
            corrected_interval: share.corrected_interval,
        }
    }
}

impl From<domain::PerHundredWhiteCells> for PerHundredWhiteCells {
    fn from(beside: domain::PerHundredWhiteCells) -> Self {
        Self {
            label: beside.label,
            cells: beside.cells,
            per_hundred: beside.per_hundred,
            interval: beside.interval,
        }
    }
}

impl From<domain::ReviewState> for ReviewState {
    fn from(state: domain::ReviewState) -> Self {
        match state {
            domain::ReviewState::Unsigned => Self::Unsigned,
        }
    }
}

impl From<metrics::Performance> for Performance {
    fn from(performance: metrics::Performance) -> Self {
        Self {
            sensitivity: performance.sensitivity.into(),
            specificity: performance.specificity.into(),
        }
    }
}

impl From<metrics::MeasuredShare> for MeasuredShare {
    fn from(measured: metrics::MeasuredShare) -> Self {
        Self {
            share: measured.share,
            standard_error: measured.standard_error,
            cells: measured.cells,
            subjects: measured.subjects,
        }
    }
}

impl From<domain::SlidePixelSize> for SlideScale {
    fn from(size: domain::SlidePixelSize) -> Self {
        Self {
            origin: size.origin.map(ScaleOrigin::from),
            nanometres_per_pixel: size.nanometres_per_pixel.map(PixelSize::nanometres),
            fields_without: size.fields_without,
        }
    }
}

impl From<domain::PixelSizeOrigin> for ScaleOrigin {
    fn from(origin: domain::PixelSizeOrigin) -> Self {
        match origin {
            domain::PixelSizeOrigin::Given => Self::Given,
            domain::PixelSizeOrigin::RedCells => Self::RedCells,
            domain::PixelSizeOrigin::EarlierFields => Self::EarlierFields,
        }
    }
}

fn as_map<S: Serializer>(counts: &[domain::ClassCount], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(counts.len()))?;
    for count in counts {
        map.serialize_entry(count.class.name(), &count.cells)?;
    }
    map.end()
}
