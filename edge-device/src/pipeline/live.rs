//! What is seen of the pipeline now: written once a field, read by any number of browsers.

use crate::domain::{Cell, CellId, FieldId, SlideId, Summary};
use crate::session::SlideProgress;
use blastscope_shared::stain::StainTransform;
use blastscope_vision::quality::FieldQuality;
use blastscope_vision::raster::{PixelSize, Point};
use jiff::Timestamp;

/// The slide on the stage.
#[derive(Debug, Clone)]
pub struct LiveSlide {
    /// Its number.
    pub id: SlideId,
    /// Name given by the operator.
    pub name: String,
    /// When it was put on the stage.
    pub started: Timestamp,
    /// Cells after which it is full.
    pub cells_wanted: u64,
    /// How far it is.
    pub progress: SlideProgress,
}

/// A cell of the latest field.
#[derive(Debug, Clone)]
pub struct LiveCell {
    /// Its number; `None` when the slide was full and it was not kept.
    pub id: Option<CellId>,
    /// Where it lies and what it was taken for.
    pub cell: Cell,
    /// Points of its outline on the field, pixels.
    pub outline: Vec<Point>,
    /// The counted cell that this one is again.
    pub duplicate_of: Option<CellId>,
}

/// The latest field.
#[derive(Debug, Clone)]
pub struct LiveField {
    /// Its number; `None` when the slide was full and it was not kept.
    pub id: Option<FieldId>,
    /// Counts all fields that were ever shown; part of the address of its picture.
    pub shown: u64,
    /// What the source calls it.
    pub name: String,
    /// When it was taken.
    pub taken: Timestamp,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Size of a pixel, if known.
    pub pixel_size: Option<PixelSize>,
    /// Whether its cells count, and why not.
    pub quality: FieldQuality,
    /// How the colours of its cells were changed for the network; `None`: not at all.
    pub stain: Option<StainTransform>,
    /// Its cells.
    pub cells: Vec<LiveCell>,
    /// Outlines of cells found but not classified, pixels.
    pub rejected: Vec<Vec<Point>>,
}

/// What a browser is told.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The slide on the stage.
    pub slide: LiveSlide,
    /// What is said of it so far.
    pub summary: Summary,
    /// The latest field; `None` before the first.
    pub field: Option<LiveField>,
}

/// A snapshot, and the picture of its field.
#[derive(Debug)]
pub struct LiveView {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The picture of the latest field, JPEG; empty before the first.
    pub picture: Vec<u8>,
}
