//! Whether two fields show the same where they overlap.

use super::correlate::Shift;
use super::look::{FieldLook, Grey};

/// Least share of a field that an overlap must have.
const LEAST_OVERLAP: f32 = 0.05;
/// Least correlation of the coarse pictures for a shift to be looked at closely.
const COARSE_AGREES: f32 = 0.6;
/// Shifts that are looked at closely.
const CLOSELY: usize = 3;
/// Least correlation of the fine pictures, of which lamp and shading are taken, for a shift to hold: for fields
/// that overlap wholly, and what it is more for those that hardly do. Cells are round: where an overlap holds
/// little more than one, another place may look like it. Measured in docs/design/screening.md.
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
    first: &FieldLook,
    second: &FieldLook,
    shifts: &[Shift],
) -> Option<((f32, f32), f32)> {
    let mut rough: Vec<(f32, Shift)> = shifts
        .iter()
        .filter_map(|s| Some((correlation(&first.coarse, &second.coarse, *s, 0.0)?, *s)))
        .filter(|(agreement, _)| *agreement >= COARSE_AGREES)
        .collect();
    rough.sort_by(|a, b| b.0.total_cmp(&a.0));
    let close = rough.iter().take(CLOSELY);
    let best = close.filter_map(|(_, shift)| refined(first, second, *shift));
    let (agreement, (x, y)) = best.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let overlap = Overlap::of(&first.fine, &second.fine, (x, y))?;
    let needed = FINE_AGREES + AGREES_MORE * (1.0 - overlap.share());
    let factor = first.fine.factor as f32;
    (agreement >= needed && overlap.agrees_everywhere())
        .then_some(((x as f32 * factor, y as f32 * factor), agreement))
}

/// The best shift of the fine pictures among those that one of the coarse ones may stand for.
fn refined(first: &FieldLook, second: &FieldLook, shift: Shift) -> Option<(f32, Shift)> {
    let (coarse, fine) = (first.coarse.factor as i32, first.fine.factor as i32);
    let start = |v: i32| (v * coarse + (v * coarse).signum() * fine / 2) / fine;
    let reach = coarse / fine + 1;
    let (x, y) = (start(shift.0), start(shift.1));
    let around = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (x + dx, y + dy)));
    around
        .filter_map(|s| Some((correlation(&first.fine, &second.fine, s, LEAST_TEXTURE)?, s)))
        .max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Normalised cross-correlation of two pictures where they overlap when the second is shifted, -1 to 1. `None`
/// when they overlap too little, or one of them varies by less than `texture` (root mean square) there.
fn correlation(a: &Grey, b: &Grey, shift: Shift, texture: f32) -> Option<f32> {
    let overlap = Overlap::of(a, b, shift)?;
    overlap.correlation(overlap.place, texture)
}

/// Left, top, right and bottom on the first picture.
type Place = [i32; 4];

/// Two pictures, one over the other.
struct Overlap<'a> {
    a: &'a Grey,
    b: &'a Grey,
    shift: Shift,
    place: Place,
}

impl<'a> Overlap<'a> {
    /// `None` when they overlap too little.
    fn of(a: &'a Grey, b: &'a Grey, shift: Shift) -> Option<Self> {
        let (x, y) = shift;
        let place = [
            x.max(0),
            y.max(0),
            (a.width as i32).min(b.width as i32 + x),
            (a.height as i32).min(b.height as i32 + y),
        ];
        let overlap = Self { a, b, shift, place };
        let [left, top, right, bottom] = place;
        (right > left && bottom > top && overlap.share() >= LEAST_OVERLAP).then_some(overlap)
    }

    /// Of the first picture, 0 to 1.
    fn share(&self) -> f32 {
        let [left, top, right, bottom] = self.place;
        ((right - left) * (bottom - top)) as f32 / (self.a.width * self.a.height) as f32
    }

    /// Whether the pictures agree in most parts of the overlap that show anything.
    fn agrees_everywhere(&self) -> bool {
        let [left, top, right, bottom] = self.place;
        let cut = |from: i32, to: i32, i: i32| from + (to - from) * i / PARTS;
        let parts = (0..PARTS * PARTS).map(|i| (i % PARTS, i / PARTS));
        let of_parts = parts.filter_map(|(i, j)| {
            let (from, to) = (cut(left, right, i), cut(left, right, i + 1));
            self.correlation(
                [from, cut(top, bottom, j), to, cut(top, bottom, j + 1)],
                LEAST_TEXTURE,
            )
        });
        let of_parts: Vec<f32> = of_parts.collect();
        let agree = of_parts.iter().filter(|c| **c >= PART_AGREES).count();
        agree >= LEAST_PARTS && agree as f32 >= PARTS_THAT_AGREE * of_parts.len() as f32
    }

    fn correlation(&self, [left, top, right, bottom]: Place, texture: f32) -> Option<f32> {
        let (a, b) = (self.a, self.b);
        let length = usize::try_from(right - left).ok().filter(|l| *l > 0)?;
        let mut totals = [0f64; 5];
        for row in top..bottom {
            let line = |p: &Grey, x: i32, y: i32| y as usize * p.width + x as usize;
            let of_a = &a.data[line(a, left, row)..][..length];
            let of_b = &b.data[line(b, left - self.shift.0, row - self.shift.1)..][..length];
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
