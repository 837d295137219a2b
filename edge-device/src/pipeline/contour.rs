//! Outlines as text.

use crate::store::ClassifiedCell;
use blastscope_vision::raster::{Mask, Point, contour};
use std::fmt::Write;

/// Points as SVG writes them: `x,y x,y ...`.
pub(super) fn as_text(points: &[Point]) -> String {
    let mut text = String::new();
    for Point { x, y } in points {
        // Writing to a string cannot fail.
        write!(text, "{x:.1},{y:.1} ").ok();
    }
    text.truncate(text.trim_end().len());
    text
}

/// The outline of a stored cell on its field, from its packed mask.
pub(crate) fn outline_of_row(cell: &ClassifiedCell, packed: &[u8]) -> String {
    let bits = packed
        .iter()
        .flat_map(|byte| (0..8).map(move |i| byte >> (7 - i) & 1));
    let pixels = u64::from(cell.width) * u64::from(cell.height);
    let data: Vec<u8> = bits.take(usize::try_from(pixels).unwrap_or(usize::MAX)).collect();
    let points = contour(&Mask {
        width: cell.width,
        height: cell.height,
        data,
    })
    .into_iter();
    let on_field: Vec<_> = points
        .map(|p| Point::new(p.x + cell.x as f32, p.y + cell.y as f32))
        .collect();
    as_text(&on_field)
}
