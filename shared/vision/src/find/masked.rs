//! Pictures of single cells that come already masked to black, as C-NMC's do.

use image::RgbImage;

use super::components::{Component, components};
use super::found::{FoundCell, Mask};
use super::morphology::fill_holes;
use super::plane::Plane;
use super::polygon::{Filled, trim};

/// Brightest channel up to which a pixel is black: JPEG leaves noise around the cut.
const BLACK: u8 = 24;
/// Least share of the border pixels that must be black.
const BLACK_BORDER: f32 = 0.9;
/// Least share of the picture that must be black.
const BLACK_PICTURE: f32 = 0.2;
/// Smallest cell, pixels.
const LEAST_AREA: usize = 16;

/// True when the picture is already masked to black: nearly all of its border and a good part of it are.
/// False for an empty picture.
pub fn is_masked(picture: &RgbImage) -> bool {
    let (w, h) = picture.dimensions();
    if w == 0 || h == 0 {
        return false;
    }
    let (mut black, mut border, mut black_border) = (0u32, 0u32, 0u32);
    for (x, y, pixel) in picture.enumerate_pixels() {
        let is_black = u32::from(is_black(pixel.0));
        black += is_black;
        if x == 0 || y == 0 || x + 1 == w || y + 1 == h {
            border += 1;
            black_border += is_black;
        }
    }
    black_border as f32 >= BLACK_BORDER * border as f32 && black as f32 >= BLACK_PICTURE * w as f32 * h as f32
}

/// The cell of an already masked picture: the largest component that is not black, holes filled.
/// `None` when all is black.
pub fn masked_cell(picture: &RgbImage) -> Option<FoundCell> {
    let (w, h) = picture.dimensions();
    let data = picture.pixels().map(|p| u8::from(!is_black(p.0))).collect();
    let lit = Plane {
        width: w as usize,
        height: h as usize,
        data,
    };
    let largest = components(&lit, LEAST_AREA)
        .into_iter()
        .max_by_key(|c| c.pixels.len())?;
    let filled = filled_component(&largest, lit.width)?;
    let touches_border = largest.touches_border(lit.width, lit.height);
    Some(FoundCell {
        x: filled.left,
        y: filled.top,
        width: filled.width,
        height: filled.height,
        score: 1.0,
        mask: Mask {
            width: filled.width,
            height: filled.height,
            data: filled.data,
        },
        nucleus: Mask {
            width: filled.width,
            height: filled.height,
            data: vec![0; filled.width as usize * filled.height as usize],
        },
        touches_border,
    })
}

fn is_black(pixel: [u8; 3]) -> bool {
    pixel.iter().all(|v| *v <= BLACK)
}

fn filled_component(component: &Component, width: usize) -> Option<Filled> {
    let (w, h) = component.extent();
    let mut mask = component.alone(width, 0);
    fill_holes(&mut mask);
    trim(&Filled {
        left: component.left as u32,
        top: component.top as u32,
        width: w as u32,
        height: h as u32,
        data: mask.data,
    })
}
