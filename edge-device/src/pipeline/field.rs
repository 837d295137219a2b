//! What goes from stage to stage.

use crate::capture::Frame;
use crate::domain::{Cell, FieldPixelSize};
use blastscope_shared::stain::StainTransform;
use blastscope_vision::find::FoundField;
use blastscope_vision::quality::FieldQuality;
use blastscope_vision::raster::{Mask, Point, Rect};
use blastscope_vision::register::{RegistrationImage, SeenCell};
use std::sync::Arc;

/// A frame whose cells are found.
#[derive(Debug)]
pub struct FoundFrame {
    /// The frame.
    pub frame: Frame,
    /// Whether its cells count; an unusable one has none.
    pub quality: FieldQuality,
    /// Its cells, and the diameter of its red cells.
    pub found: FoundField,
    /// Its pixel size, if it can be known.
    pub pixel_size: Option<FieldPixelSize>,
    /// How the colours of its cells are changed; `None`: not at all.
    pub stain: Option<StainTransform>,
}

/// A cell that is classified.
#[derive(Debug, Clone)]
pub struct ScreenedCell {
    /// Where it lies and what it was taken for.
    pub cell: Cell,
    /// Index of its class among the labels; `None`: unidentified.
    pub class: Option<usize>,
    /// Its pixels, in the size of its box.
    pub mask: Mask,
    /// As cells seen before are compared with it.
    pub seen: SeenCell,
    /// Number of the counted cell of the slide, from 0, that it is again; known once it is counted.
    pub again: Option<usize>,
}

/// A cell that was found and cannot be classified.
#[derive(Debug, Clone)]
pub struct RejectedCell {
    /// Its box on the field.
    pub bounds: Rect,
    /// Its pixels, in the size of its box.
    pub mask: Mask,
    /// As cells seen before are compared with it.
    pub seen: SeenCell,
}

/// A field whose cells are classified.
#[derive(Debug, Clone)]
pub struct ScreenedField {
    /// The frame.
    pub frame: Frame,
    /// Whether its cells count.
    pub quality: FieldQuality,
    /// Its pixel size, if it can be known.
    pub pixel_size: Option<FieldPixelSize>,
    /// How the colours of its cells were changed for the network; `None`: not at all.
    pub stain: Option<StainTransform>,
    /// Origin of the field on the stage, field pixels, where stage and pixel size are known.
    pub at_stage: Option<Point>,
    /// What other fields are laid over; `None` when fields are not compared.
    pub registration: Option<Arc<RegistrationImage>>,
    /// Its cells.
    pub cells: Vec<ScreenedCell>,
    /// Its rejected cells.
    pub rejected: Vec<RejectedCell>,
    /// Rejected cells, of this field or earlier ones, that are now known to be seen whole or rejected before; known
    /// once the field is counted.
    pub resolved: u64,
}
