//! Fragments of one cell that were outlined apart: put together again.

use super::fitted_cell::FittedCell;
use super::polygon::Filled;

/// Largest ratio of the sides of the box around fragments of one cell.
const ROUND_ASPECT: f32 = 1.45;
/// Least share of that box that the fragments fill; two round cells side by side or askew fill less or are longer.
const ROUND_FILL: f32 = 0.66;

/// Joins cells of which one's nucleus lies mostly inside the other's outline and is no full nucleus itself.
pub(super) fn absorb(cells: Vec<FittedCell>, full: f32, width: usize) -> Vec<FittedCell> {
    let mut kept: Vec<FittedCell> = Vec::new();
    let mut order: Vec<FittedCell> = cells;
    order.sort_by(|a, b| b.nucleus.area().total_cmp(&a.nucleus.area()));
    for cell in order {
        let home = kept.iter_mut().find(|k| {
            let within = cell
                .nucleus
                .pixels
                .iter()
                .filter(|&&at| k.filled.holds(at as usize, width))
                .count();
            cell.nucleus.diameter() < full && within * 2 > cell.nucleus.pixels.len()
        });
        match home {
            Some(home) => home.nucleus = home.nucleus.clone().join(cell.nucleus),
            None => kept.push(cell),
        }
    }
    kept
}

/// Joins cells whose outlines together make up one round cell: fragments around the lobes of one nucleus.
pub(super) fn unite(cells: &mut Vec<FittedCell>, largest: f32) {
    let mut i = 0;
    while i < cells.len() {
        match (i + 1..cells.len()).find(|&j| make_up_one_cell(&cells[i].filled, &cells[j].filled, largest)) {
            Some(j) => {
                let other = cells.remove(j);
                let one = &mut cells[i];
                one.filled = one.filled.union(&other.filled);
                one.nucleus = one.nucleus.clone().join(other.nucleus);
                i = 0;
            }
            None => i += 1,
        }
    }
}

/// True when two outlines touch and their union is no larger than a cell and as compact as one.
fn make_up_one_cell(a: &Filled, b: &Filled, largest: f32) -> bool {
    let (gap_x, gap_y) = a.bounds.gap(&b.bounds);
    if gap_x > 2.0 || gap_y > 2.0 {
        return false;
    }
    let both = a.union(b);
    let (w, h) = (both.bounds.width as f32, both.bounds.height as f32);
    let area = both.area();
    w.max(h) <= largest && w.max(h) <= ROUND_ASPECT * w.min(h) && area >= ROUND_FILL * w * h
}
