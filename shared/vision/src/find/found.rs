//! What the finder hands on.

/// One white cell found in a field.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundCell {
    /// Left edge of the bounding box, field pixels.
    pub x: u32,
    /// Top edge of the bounding box, field pixels.
    pub y: u32,
    /// Width of the bounding box, field pixels.
    pub width: u32,
    /// Height of the bounding box, field pixels.
    pub height: u32,
    /// Confidence 0..1 that this is a nucleated white cell; 0.5 is the operating point.
    pub score: f32,
    /// The whole cell, nucleus and cytoplasm, in the size of the box.
    pub mask: Mask,
    /// Its nucleus with all lobes, in the size of the box; empty where a cell came already masked.
    pub nucleus: Mask,
    /// True when the cell reaches the border of the field, so that part of it may be missing.
    pub touches_border: bool,
}

/// A binary mask, row-major from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// 1 inside, 0 outside; `width` x `height` values.
    pub data: Vec<u8>,
}

impl Mask {
    /// Number of pixels inside.
    pub fn area(&self) -> u32 {
        self.data.iter().map(|v| u32::from(*v != 0)).sum()
    }

    /// Mean position of the pixels inside, in pixels from the top-left corner; (0, 0) for an empty mask.
    pub fn centroid(&self) -> (f32, f32) {
        let (mut sx, mut sy, mut n) = (0u64, 0u64, 0u64);
        for (y, row) in self.data.chunks_exact(self.width.max(1) as usize).enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, v)| **v != 0) {
                sx += x as u64;
                sy += y as u64;
                n += 1;
            }
        }
        let n = n.max(1) as f32;
        (sx as f32 / n, sy as f32 / n)
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
