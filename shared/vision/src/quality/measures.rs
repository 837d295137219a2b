//! The numbers that a verdict rests on.

use super::colours::Colours;
use super::edges::Edges;
use crate::find::WorkingField;
use image::RgbImage;
use serde::Serialize;

/// Longest side of the reduced picture, pixels: fine enough for the optics, small enough to cost little.
const LONGEST_SIDE: u32 = 1024;

/// Numbers of one field. Lengths are in pixels of the reduced picture, shares from 0 to 1, and densities natural
/// logarithms against the field's own glass.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Measures {
    /// Field pixels in one reduced pixel, along a side.
    pub reduction: u32,
    /// Widths of edges; `None` where there are too few edges to tell.
    pub edges: Option<Edges>,
    /// Light, glass, cells and stain.
    pub colours: Colours,
}

/// Takes the measures of a field (RGB, 8 bits). Any size is accepted; of an empty picture nothing is measured.
pub fn measure(field: &RgbImage) -> Measures {
    let Some(working) = WorkingField::new(field, LONGEST_SIDE) else {
        return Measures::default();
    };
    let colours = Colours::of(&working.rgb);
    let edges = Edges::of(&working.rgb, colours.glass[1], colours.tissue_share);
    Measures {
        reduction: working.factor as u32,
        edges,
        colours,
    }
}
