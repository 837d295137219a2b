//! Shape operations on binary planes: erosion, dilation, opening and hole filling.

use super::distance::{STEP, distance_to};
use super::runs::Runs;
use crate::raster::Plane;

/// Pixels within `radius` (pixels) of a set pixel.
pub(super) fn dilate(mask: &Plane<u8>, radius: f32) -> Plane<u8> {
    let limit = (radius * f32::from(STEP)) as u16;
    distance_to(mask, |v| v != 0).map(|d| u8::from(d <= limit))
}

/// Set pixels farther than `radius` (pixels) from every unset one.
pub(super) fn erode(mask: &Plane<u8>, radius: f32) -> Plane<u8> {
    let limit = (radius * f32::from(STEP)) as u16;
    distance_to(mask, |v| v == 0).map(|d| u8::from(d > limit))
}

/// Removes what is thinner than twice `radius` (pixels), keeping the shape of the rest.
pub(super) fn open(mask: &Plane<u8>, radius: f32) -> Plane<u8> {
    if radius < 0.5 {
        mask.clone()
    } else {
        dilate(&erode(mask, radius), radius)
    }
}

/// Sets every unset pixel that cannot be reached from the border through unset pixels (4-connected).
pub(super) fn fill_holes(mask: &mut Plane<u8>) {
    let (w, h) = (mask.width, mask.height);
    let mut runs = Runs::of(mask, 0, false);
    let count = runs.runs.len();
    let mut outside = vec![false; count];
    for i in 0..count {
        let run = runs.runs[i];
        if run.row == 0 || run.row + 1 == h || run.from == 0 || run.to == w {
            let root = runs.root(i);
            outside[root] = true;
        }
    }
    for i in 0..count {
        if !outside[runs.root(i)] {
            let run = runs.runs[i];
            mask.data[run.row * w + run.from..run.row * w + run.to].fill(1);
        }
    }
}
