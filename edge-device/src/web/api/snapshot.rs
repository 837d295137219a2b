//! What happens now, as browsers are told it.

use super::fields::FieldVerdict;
use super::outline::outline_text;
use super::slides::Stain;
use super::summary::Summary;
use crate::domain::ReviewState;
use crate::pipeline;
use blastscope_vision::quality;
use blastscope_vision::raster::{PixelSize, Rect};
use serde::Serialize;
use utoipa::ToSchema;

/// The slide on the stage, what is said of it so far, and the latest field.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Snapshot {
    /// The slide on the stage.
    slide: LiveSlide,
    /// What is said of it so far.
    summary: Summary,
    /// The latest field; `null` before the first.
    #[schema(required)]
    field: Option<LiveField>,
}

/// The slide on the stage.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct LiveSlide {
    /// Its number.
    id: i64,
    /// Name given by the operator.
    name: String,
    /// When it was put on the stage.
    #[schema(format = DateTime)]
    started: String,
    /// Cells after which it is full.
    cells_wanted: u64,
    /// More cells will not change its finding.
    settled: bool,
    /// It has its cells, or enough of them, or as many fields as a slide may have: no more are counted.
    full: bool,
}

/// The latest field.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct LiveField {
    /// Its number; `null` when the slide was full and it was not kept.
    #[schema(required)]
    id: Option<i64>,
    /// Counts all fields that were ever shown; part of the address of its picture.
    shown: u64,
    /// What the source calls it.
    name: String,
    /// When it was taken.
    #[schema(format = DateTime)]
    taken: String,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
    /// Nanometres a pixel, if known.
    #[schema(required)]
    scale_nm: Option<u32>,
    /// Whether its cells count, and why not.
    quality: LiveQuality,
    /// How the colours of its cells were changed for the network; `null`: not at all.
    #[schema(required)]
    stain: Option<Stain>,
    /// Cells found but not classified.
    rejected: u64,
    /// Its cells.
    cells: Vec<LiveCell>,
    /// Outlines of the rejected ones: `x,y x,y ...`, pixels.
    rejected_outlines: Vec<String>,
}

/// What is said of the latest field.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct LiveQuality {
    /// Whether its cells count.
    verdict: FieldVerdict,
    /// Codes that say why, where the verdict is not good.
    reasons: Vec<&'static str>,
    /// The numbers that it rests on.
    #[schema(value_type = Object)]
    measures: quality::Measures,
    /// Edge width of the sharper fields of the slide before this one, reduced pixels; `null` while they are few.
    #[schema(required)]
    usual_edge_width: Option<f32>,
}

/// A cell of the latest field.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct LiveCell {
    /// Its number; `null` when the slide was full and it was not kept.
    #[schema(required)]
    id: Option<i64>,
    /// Label, or `unidentified`.
    class: String,
    /// Calibrated probability of the blast.
    probability: f32,
    /// Left, top, width and height of its box on the field, pixels.
    #[serde(rename = "box")]
    #[schema(min_items = 4, max_items = 4)]
    bounds: [u32; 4],
    /// Points of its outline on the field: `x,y x,y ...`, pixels.
    outline: String,
    /// The counted cell that this one is again.
    #[schema(required)]
    duplicate_of: Option<i64>,
}

impl From<&pipeline::Snapshot> for Snapshot {
    fn from(snapshot: &pipeline::Snapshot) -> Self {
        Self {
            slide: (&snapshot.slide).into(),
            // A slide on the stage is one that nobody can have signed.
            summary: Summary::new(snapshot.summary.clone(), ReviewState::default()),
            field: snapshot.field.as_ref().map(LiveField::from),
        }
    }
}

impl From<&pipeline::LiveSlide> for LiveSlide {
    fn from(slide: &pipeline::LiveSlide) -> Self {
        Self {
            id: slide.id.0,
            name: slide.name.clone(),
            started: slide.started.to_string(),
            cells_wanted: slide.cells_wanted,
            settled: slide.progress.settled,
            full: slide.progress.full,
        }
    }
}

impl From<&pipeline::LiveField> for LiveField {
    fn from(field: &pipeline::LiveField) -> Self {
        Self {
            id: field.id.map(|id| id.0),
            shown: field.shown,
            name: field.name.clone(),
            taken: field.taken.to_string(),
            width: field.width,
            height: field.height,
            scale_nm: field.pixel_size.map(PixelSize::nanometres),
            quality: (&field.quality).into(),
            stain: field.stain.map(Stain::from),
            rejected: field.rejected.len() as u64,
            cells: field.cells.iter().map(LiveCell::from).collect(),
            rejected_outlines: field.rejected.iter().map(|points| outline_text(points)).collect(),
        }
    }
}

impl From<&quality::FieldQuality> for LiveQuality {
    fn from(quality: &quality::FieldQuality) -> Self {
        Self {
            verdict: quality.verdict.into(),
            reasons: quality.reasons.iter().map(|r| r.code()).collect(),
            measures: quality.measures.clone(),
            usual_edge_width: quality.usual_edge_width,
        }
    }
}

impl From<&pipeline::LiveCell> for LiveCell {
    fn from(live: &pipeline::LiveCell) -> Self {
        let cell = &live.cell;
        let Rect {
            left,
            top,
            width,
            height,
        } = cell.bounds;
        Self {
            id: live.id.map(|id| id.0),
            class: cell.class.name().to_owned(),
            probability: cell.probability,
            bounds: [left, top, width, height],
            outline: outline_text(&live.outline),
            duplicate_of: live.duplicate_of.map(|id| id.0),
        }
    }
}
