//! What the finder hands on.

use crate::raster::{Mask, Point, Rect};

/// One white cell found in a field.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundCell {
    /// Its bounding box, field pixels.
    pub bounds: Rect,
    /// Confidence 0..1 that this is a nucleated white cell; 0.5 is the operating point.
    pub score: f32,
    /// The whole cell, nucleus and cytoplasm, in the size of the box.
    pub mask: Mask,
    /// Its nucleus with all lobes, in the size of the box.
    pub nucleus: Mask,
    /// True when the cell reaches the border of the field, so that part of it may be missing.
    pub cut_by_border: bool,
}

impl FoundCell {
    /// Mean position of its pixels, field pixels.
    pub fn centroid(&self) -> Point {
        self.bounds.origin() + self.mask.centroid()
    }
}

/// The white cells of a field, and its ruler.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundField {
    /// Cells in reading order of their nuclei.
    pub cells: Vec<FoundCell>,
    /// Median diameter of red cells that lie alone, field pixels; `None` with fewer than five of them.
    pub red_cell_diameter: Option<f32>,
}
