//! What is seen of the pipeline now: written once a field, read by any number of browsers.

use crate::screen::Summary;
use crate::store::{CellId, FieldId, SlideId};
use blastscope_shared::stain::StainTransform;
use blastscope_vision::quality::FieldQuality;
use serde::Serialize;

/// The slide on the stage.
#[derive(Debug, Clone, Serialize)]
pub struct LiveSlide {
    /// Its number.
    pub id: SlideId,
    /// Name given by the operator.
    pub name: String,
    /// RFC 3339.
    pub started: String,
    /// Cells after which it is full.
    pub cells_wanted: u64,
    /// More cells will not change its finding.
    pub settled: bool,
    /// It has its cells, or enough of them, or as many fields as a slide may have: no more are counted.
    pub full: bool,
}

/// A cell of the latest field.
#[derive(Debug, Clone, Serialize)]
pub struct LiveCell {
    /// Its number; `None` when the slide was full and it was not kept.
    pub id: Option<CellId>,
    /// Label, or `unidentified`.
    pub class: String,
    /// Calibrated probability of the first label.
    pub probability: f32,
    /// Left, top, width and height of its box on the field, pixels.
    #[serde(rename = "box")]
    pub bounds: [u32; 4],
    /// Points of its outline on the field: `x,y x,y ...`, pixels.
    pub outline: String,
    /// The counted cell that this one is again.
    pub duplicate_of: Option<CellId>,
}

/// The latest field.
#[derive(Debug, Clone, Serialize)]
pub struct LiveField {
    /// Its number; `None` when the slide was full and it was not kept.
    pub id: Option<FieldId>,
    /// Counts all fields that were ever shown; part of the address of its picture.
    pub shown: u64,
    /// What the source calls it.
    pub name: String,
    /// RFC 3339.
    pub taken: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Nanometres a pixel, if known.
    pub scale_nm: Option<u32>,
    /// Whether its cells count, and why not.
    pub quality: FieldQuality,
    /// How the colours of its cells were changed for the network; `None`: not at all.
    pub stain: Option<StainTransform>,
    /// Cells found but not classified.
    pub rejected: u64,
    /// Its cells.
    pub cells: Vec<LiveCell>,
    /// Outlines of the rejected ones: `x,y x,y ...`, pixels.
    pub rejected_outlines: Vec<String>,
}

/// What a browser is sent.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    /// The slide on the stage.
    pub slide: LiveSlide,
    /// What is said of it so far.
    pub summary: Summary,
    /// The latest field; `None` before the first.
    pub field: Option<LiveField>,
}

/// A snapshot with its JSON, and the picture of its field.
#[derive(Debug)]
pub struct LiveView {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The snapshot as JSON.
    pub json: String,
    /// The picture of the latest field, JPEG; empty before the first.
    pub picture: Vec<u8>,
}

impl LiveView {
    pub(super) fn new(snapshot: Snapshot, picture: Vec<u8>) -> crate::Result<Self> {
        let json = serde_json::to_string(&snapshot).map_err(|e| {
            crate::Error::new(crate::ErrorKind::Internal, "the state cannot be written as JSON")
                .with_source(e)
        })?;
        Ok(Self {
            snapshot,
            json,
            picture,
        })
    }
}
