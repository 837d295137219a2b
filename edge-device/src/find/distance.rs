//! Distances to the nearest pixel of a kind, in two passes (Borgefors 1986, chamfer 3-4).

use super::plane::Plane;

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
        for x in 0..w {
            let at = y * w + x;
            let mut best = d[at];
            if x > 0 {
                best = best.min(d[at - 1].saturating_add(STEP));
            }
            if y > 0 {
                best = best.min(d[at - w].saturating_add(STEP));
                if x > 0 {
                    best = best.min(d[at - w - 1].saturating_add(DIAGONAL));
                }
                if x + 1 < w {
                    best = best.min(d[at - w + 1].saturating_add(DIAGONAL));
                }
            }
            d[at] = best.min(FAR);
        }
    }
    for y in (0..h).rev() {
        for x in (0..w).rev() {
            let at = y * w + x;
            let mut best = d[at];
            if x + 1 < w {
                best = best.min(d[at + 1].saturating_add(STEP));
            }
            if y + 1 < h {
                best = best.min(d[at + w].saturating_add(STEP));
                if x > 0 {
                    best = best.min(d[at + w - 1].saturating_add(DIAGONAL));
                }
                if x + 1 < w {
                    best = best.min(d[at + w + 1].saturating_add(DIAGONAL));
                }
            }
            d[at] = best.min(FAR);
        }
    }
    distance
}
