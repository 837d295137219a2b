//! The way of a line from one box to another, past the boxes between.

use super::layout::{Layout, Place, WIDTH};

/// The path, as SVG writes it, from the box `from` to the box `to`.
pub(super) fn path(layout: &Layout, from: usize, to: usize) -> String {
    let (a, b) = (&layout.places[from], &layout.places[to]);
    let (x1, y1) = (a.x + WIDTH / 2.0, a.y + a.height);
    let (x2, y2) = (b.x + WIDTH / 2.0, b.y);
    if a.column != b.column {
        return across(layout, a, b);
    }
    if b.layer == a.layer + 1 {
        return format!("M{x1:.0} {y1:.0}{}", bend((x1, y1), (x2, y2)));
    }
    let between = |p: &&Place| p.column == a.column && p.layer > a.layer && p.layer < b.layer;
    let free = |lane| !layout.places.iter().filter(between).any(|p| p.lane == lane);
    if free(a.lane) {
        // Down its own lane, then over.
        let turn = y2 - 30.0;
        return format!("M{x1:.0} {y1:.0}V{turn:.0}{}", bend((x1, turn), (x2, y2)));
    }
    if free(b.lane) {
        let turn = y1 + 30.0;
        return format!("M{x1:.0} {y1:.0}{}V{y2:.0}", bend((x1, y1), (x2, turn)));
    }
    // A curve past everything on the right; the longer the skip, the farther out.
    let right = |p: &Place| p.x + WIDTH;
    let edge = layout
        .places
        .iter()
        .filter(between)
        .map(right)
        .fold(0.0, f64::max);
    let out = edge + 12.0 + 4.0 * (b.layer - a.layer).min(9) as f64;
    let control = |start: f64| start + (out - start) * 4.0 / 3.0;
    let (y1, y2) = (a.y + a.height * 0.6, b.y + b.height * 0.4);
    format!(
        "M{:.0} {y1:.0}C{:.0} {y1:.0} {:.0} {y2:.0} {:.0} {y2:.0}",
        right(a),
        control(right(a)),
        control(right(b)),
        right(b)
    )
}

/// A curve that leaves and arrives upright.
fn bend((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> String {
    if x1 == x2 {
        return format!("V{y2:.0}");
    }
    let middle = (y1 + y2) / 2.0;
    format!("C{x1:.0} {middle:.0} {x2:.0} {middle:.0} {x2:.0} {y2:.0}")
}

/// From the foot of one column to a box of another, between them: to its head, or to its left side where
/// boxes stand above it.
fn across(layout: &Layout, a: &Place, b: &Place) -> String {
    let (x1, y1) = (a.x + WIDTH / 2.0, a.y + a.height);
    let of_column = || layout.places.iter().filter(|p| p.column == b.column);
    let frame = layout.frames.iter().find(|f| f.x <= b.x && b.x < f.x + f.width);
    let gutter = frame.map_or(b.x, |f| f.x) - 12.0;
    let below = y1 + 24.0;
    let way = format!("M{x1:.0} {y1:.0}V{below:.0}H{gutter:.0}");
    let beneath = of_column().any(|p| p.layer < b.layer);
    if beneath && !of_column().any(|p| p.layer == b.layer && p.x < b.x) {
        return format!("{way}V{:.0}H{:.0}", b.y + b.height * 0.4, b.x);
    }
    let (x2, y2) = (b.x + WIDTH / 2.0, b.y);
    format!("{way}V{:.0}H{x2:.0}V{y2:.0}", y2 - 30.0)
}
