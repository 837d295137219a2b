//! Whether two fields show the same where they overlap.

use super::correlate::Shift;
use super::registration_image::RegistrationImage;
use crate::raster::{GreyImage, Point};

/// Least share of a field that an overlap must have.
const LEAST_OVERLAP: f32 = 0.05;
/// Least correlation of the coarse pictures for a shift to be looked at closely.
const COARSE_AGREES: f32 = 0.6;
/// Shifts that are looked at closely.
const CLOSELY: usize = 3;
/// Least correlation of the fine pictures, of which lamp and shading are taken, for a shift to hold: for fields
/// that overlap wholly, and what it is more for those that hardly do. Cells are round: where an overlap holds
/// little more than one, another place may image like it. Measured in docs/design/screening.md.
const FINE_AGREES: f32 = 0.5;
const AGREES_MORE: f32 = 0.3;
/// Parts of the sides of an overlap; each with texture in it is compared by itself.
const PARTS: i32 = 4;
/// Least correlation of a part that agrees.
const PART_AGREES: f32 = 0.4;
/// Least share of the parts with texture that must agree, and their least number.
const PARTS_THAT_AGREE: f32 = 0.75;
const LEAST_PARTS: usize = 5;
/// Least texture in the overlap, grey values: specks on the camera are the same on every blank field.
const LEAST_TEXTURE: f32 = 3.0;

/// How far the origin of `second` lies from that of `first`, field pixels, and how well the fields agree there,
/// 0 to 1. `None` when none of the shifts holds.
pub(super) fn agreed_shift(
    first: &RegistrationImage,
    second: &RegistrationImage,
    shifts: &[Shift],
) -> Option<(Point, f32)> {
    let mut rough: Vec<(f32, Shift)> = shifts
        .iter()
        .filter_map(|s| Some((correlation(&first.coarse.grey, &second.coarse.grey, *s, 0.0)?, *s)))
        .filter(|(agreement, _)| *agreement >= COARSE_AGREES)
        .collect();
    rough.sort_by(|a, b| b.0.total_cmp(&a.0));
    let close = rough.iter().take(CLOSELY);
    let best = close.filter_map(|(_, shift)| refined(first, second, *shift));
    let (agreement, shift) = best.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let overlap = Overlap::of(&first.fine.grey, &second.fine.grey, shift)?;
    let needed = FINE_AGREES + AGREES_MORE * (1.0 - overlap.share());
    let factor = first.fine.factor as f32;
    let shift = Point::new(shift.x as f32 * factor, shift.y as f32 * factor);
    (agreement >= needed && overlap.agrees_everywhere()).then_some((shift, agreement))
}

/// The best shift of the fine pictures among those that one of the coarse ones may stand for.
fn refined(first: &RegistrationImage, second: &RegistrationImage, shift: Shift) -> Option<(f32, Shift)> {
    let (coarse, fine) = (first.coarse.factor as i32, first.fine.factor as i32);
    let start = |v: i32| (v * coarse + (v * coarse).signum() * fine / 2) / fine;
    let reach = coarse / fine + 1;
    let (x, y) = (start(shift.x), start(shift.y));
    let around =
        (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| Shift { x: x + dx, y: y + dy }));
    around
        .filter_map(|s| {
            Some((
                correlation(&first.fine.grey, &second.fine.grey, s, LEAST_TEXTURE)?,
                s,
            ))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Normalised cross-correlation of two pictures where they overlap when the second is shifted, -1 to 1. `None`
/// when they overlap too little, or one of them varies by less than `texture` (root mean square) there.
fn correlation(a: &GreyImage, b: &GreyImage, shift: Shift, texture: f32) -> Option<f32> {
    let overlap = Overlap::of(a, b, shift)?;
    overlap.correlation(overlap.part, texture)
}

/// Part of the first picture; right and bottom are one past its last pixels.
#[derive(Clone, Copy)]
struct Part {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

/// Two pictures, one over the other.
struct Overlap<'a> {
    a: &'a GreyImage,
    b: &'a GreyImage,
    shift: Shift,
    part: Part,
}

impl<'a> Overlap<'a> {
    /// `None` when they overlap too little.
    fn of(a: &'a GreyImage, b: &'a GreyImage, shift: Shift) -> Option<Self> {
        let part = Part {
            left: shift.x.max(0),
            top: shift.y.max(0),
            right: (a.width as i32).min(b.width as i32 + shift.x),
            bottom: (a.height as i32).min(b.height as i32 + shift.y),
        };
        let overlap = Self { a, b, shift, part };
        (part.right > part.left && part.bottom > part.top && overlap.share() >= LEAST_OVERLAP)
            .then_some(overlap)
    }

    /// Of the first picture, 0 to 1.
    fn share(&self) -> f32 {
        let p = self.part;
        ((p.right - p.left) * (p.bottom - p.top)) as f32 / (self.a.width * self.a.height) as f32
    }

    /// Whether the pictures agree in most parts of the overlap that show anything.
    fn agrees_everywhere(&self) -> bool {
        let all = self.part;
        let cut = |from: i32, to: i32, i: i32| from + (to - from) * i / PARTS;
        let parts = (0..PARTS * PARTS).map(|i| (i % PARTS, i / PARTS));
        let of_parts = parts.filter_map(|(i, j)| {
            let part = Part {
                left: cut(all.left, all.right, i),
                top: cut(all.top, all.bottom, j),
                right: cut(all.left, all.right, i + 1),
                bottom: cut(all.top, all.bottom, j + 1),
            };
            self.correlation(part, LEAST_TEXTURE)
        });
        let of_parts: Vec<f32> = of_parts.collect();
        let agree = of_parts.iter().filter(|c| **c >= PART_AGREES).count();
        agree >= LEAST_PARTS && agree as f32 >= PARTS_THAT_AGREE * of_parts.len() as f32
    }

    fn correlation(&self, part: Part, texture: f32) -> Option<f32> {
        let (a, b) = (self.a, self.b);
        let Part {
            left,
            top,
            right,
            bottom,
        } = part;
        let length = usize::try_from(right - left).ok().filter(|l| *l > 0)?;
        let mut totals = [0f64; 5];
        for row in top..bottom {
            let line = |p: &GreyImage, x: i32, y: i32| y as usize * p.width + x as usize;
            let of_a = &a.data[line(a, left, row)..][..length];
            let of_b = &b.data[line(b, left - self.shift.x, row - self.shift.y)..][..length];
            // A row fits into f32, a picture does not.
            let mut sums = [0f32; 5];
            for (u, v) in of_a.iter().zip(of_b) {
                sums[0] += u;
                sums[1] += v;
                sums[2] += u * u;
                sums[3] += v * v;
                sums[4] += u * v;
            }
            totals
                .iter_mut()
                .zip(sums)
                .for_each(|(total, sum)| *total += f64::from(sum));
        }
        let n = length as f64 * f64::from((bottom - top).max(1));
        let [sum_a, sum_b, aa, bb, ab] = totals;
        let (var_a, var_b) = (aa - sum_a * sum_a / n, bb - sum_b * sum_b / n);
        let least = f64::from(texture.max(1e-3)).powi(2) * n;
        (var_a >= least && var_b >= least).then(|| ((ab - sum_a * sum_b / n) / (var_a * var_b).sqrt()) as f32)
    }
}
