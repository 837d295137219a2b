//! Shape operations on binary planes: erosion, dilation, opening and hole filling.

use super::distance::{STEP, distance_to};
use super::plane::Plane;

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
    let mut outside = vec![false; w * h];
    let mut stack = Vec::new();
    let border = (0..w)
        .flat_map(|x| [x, (h - 1) * w + x])
        .chain((0..h).flat_map(|y| [y * w, y * w + w - 1]));
    if w == 0 || h == 0 {
        return;
    }
    for start in border {
        if mask.data[start] == 0 && !outside[start] {
            outside[start] = true;
            stack.push(start);
        }
    }
    while let Some(at) = stack.pop() {
        let x = at % w;
        let neighbours = [
            (x > 0).then(|| at - 1),
            (x + 1 < w).then_some(at + 1),
            at.checked_sub(w),
            (at + w < w * h).then_some(at + w),
        ];
        for next in neighbours.into_iter().flatten() {
            if mask.data[next] == 0 && !outside[next] {
                outside[next] = true;
                stack.push(next);
            }
        }
    }
    for (value, outside) in mask.data.iter_mut().zip(outside) {
        *value = u8::from(!outside);
    }
}
