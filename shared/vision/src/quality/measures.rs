//! The numbers that a verdict rests on.

use super::colours::Colours;
use super::edges::Edges;
use crate::raster::PreparedField;
use serde::Serialize;

/// Longest side of the reduced picture, pixels: fine enough for the optics, small enough to cost little.
const LONGEST_SIDE: u32 = 1024;

/// Numbers of one field. Lengths are in pixels of the reduced picture, shares from 0 to 1, and densities natural
/// logarithms against the field's own background.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Measures {
    /// Field pixels in one reduced pixel, along a side.
    pub reduction: u32,
    /// Widths of edges; `None` where there are too few edges to tell.
    pub edges: Option<Edges>,
    /// Light, background, cells and stain.
    pub colours: Colours,
}

/// Takes the measures of a field. Any size is accepted; of an empty picture nothing is measured.
pub fn measure(field: &PreparedField) -> Measures {
    let Some(working) = field.reduced(LONGEST_SIDE) else {
        return Measures::default();
    };
    let colours = Colours::of(&working.rgb, field.background());
    let edges = Edges::of(&working.rgb, colours.background[1], colours.tissue_share);
    Measures {
        reduction: working.factor as u32,
        edges,
        colours,
    }
}
