//! What goes from stage to stage.

use crate::capture::Frame;
use crate::screen::FieldScale;
use crate::store::{NewCell, NewField};
use blastscope_shared::stain::StainTransform;
use blastscope_vision::find::FoundField;
use blastscope_vision::quality::FieldQuality;
use blastscope_vision::raster::Point;
use blastscope_vision::register::{RegistrationImage, SeenCell};
use std::sync::Arc;

/// A frame on its way, with the count of the slide that it was taken of.
#[derive(Debug)]
pub struct CapturedFrame {
    /// The frame.
    pub frame: Frame,
    /// Slides before this one.
    pub slide: u64,
}

/// A frame whose cells are found.
#[derive(Debug)]
pub struct FoundFrame {
    /// The frame.
    pub captured: CapturedFrame,
    /// Whether its cells count; an unusable one has none.
    pub quality: FieldQuality,
    /// Its cells and its ruler.
    pub found: FoundField,
    /// Its scale, if it can be known.
    pub scale: Option<FieldScale>,
    /// How the colours of its cells are changed; `None`: not at all.
    pub stain: Option<StainTransform>,
}

/// A cell that is classified.
#[derive(Debug, Clone)]
pub struct ScreenedCell {
    /// Index of its class; `None`: unidentified.
    pub class: Option<usize>,
    /// Outline on the field, pixels.
    pub outline: Vec<Point>,
    /// By which it is recognised on another field.
    pub seen: SeenCell,
    /// Number of the counted cell of the slide, from 0, that it is again; known once it is counted.
    pub again: Option<usize>,
    /// What is kept of it.
    pub row: NewCell,
}

/// A cell that is found but not classified.
#[derive(Debug, Clone)]
pub struct RejectedCell {
    /// Outline on the field, pixels.
    pub outline: Vec<Point>,
    /// By which it is recognised on another field.
    pub seen: SeenCell,
}

/// A field whose cells are classified.
#[derive(Debug, Clone)]
pub struct ScreenedField {
    /// Slides before the one that it was taken of.
    pub slide: u64,
    /// What is kept of it.
    pub row: NewField,
    /// Origin of the field on the stage, field pixels, where stage and scale are known.
    pub at_stage: Option<Point>,
    /// What other fields are laid over; `None` when fields are not compared.
    pub look: Option<Arc<RegistrationImage>>,
    /// Its cells.
    pub cells: Vec<ScreenedCell>,
    /// Its rejected cells.
    pub rejected: Vec<RejectedCell>,
}
