//! Distances to the nearest pixel of a kind, in two passes (Borgefors 1986, chamfer 3-4).

use crate::raster::Plane;

/// Chamfer distance of two side-by-side pixels; divide by it for pixels.
pub(super) const STEP: u16 = 3;
const DIAGONAL: u16 = 4;
/// Distance where no pixel of the kind exists.
pub(super) const FAR: u16 = u16::MAX - DIAGONAL;

/// Chamfer distance of every pixel to the nearest one for which `is_target` holds; `FAR` without any.
pub(super) fn distance_to<T: Copy>(plane: &Plane<T>, is_target: impl Fn(T) -> bool) -> Plane<u16> {
    let mut distance = plane.map(|v| if is_target(v) { 0 } else { FAR });
    let (w, h) = (distance.width, distance.height);
    let d = &mut distance.data;
    for y in 0..h {
        let (above, rest) = d.split_at_mut(y * w);
        let row = &mut rest[..w];
        if y > 0 {
            from_neighbour(row, &above[(y - 1) * w..]);
        }
        along(row.iter_mut());
    }
    for y in (0..h).rev() {
        let (upto, below) = d.split_at_mut((y + 1) * w);
        let row = &mut upto[y * w..];
        if y + 1 < h {
            from_neighbour(row, &below[..w]);
        }
        along(row.iter_mut().rev());
    }
    distance
}

/// Ways into a row from the one above or below it. No value exceeds `FAR`, so none overflows.
fn from_neighbour(row: &mut [u16], neighbour: &[u16]) {
    for (here, straight) in row.iter_mut().zip(neighbour) {
        *here = (*here).min(straight + STEP);
    }
    if let [_, later @ ..] = row {
        for (here, before) in later.iter_mut().zip(neighbour) {
            *here = (*here).min(before + DIAGONAL);
        }
    }
    for (here, after) in row.iter_mut().zip(neighbour.iter().skip(1)) {
        *here = (*here).min(after + DIAGONAL);
    }
}

/// Ways along a row in one direction.
fn along<'a>(row: impl Iterator<Item = &'a mut u16>) {
    let mut last = FAR;
    for here in row {
        last = (*here).min(last + STEP).min(FAR);
        *here = last;
    }
}
