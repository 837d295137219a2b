//! Lobes of one nucleus that were fitted as cells of their own are told from cells that touch, and joined.

use super::cell_fit::{FieldView, Fits};
use super::fitted_cell::FittedCell;
use super::hull::solidity;

/// Widest gap between the boxes of parts of one cell, red-cell diameters.
const GAP: f32 = 0.3;
/// Largest extent of parts taken together, in largest cells put together from fragments.
const EXTENT: f32 = 1.35;
/// Most parts of one cell.
const MOST_PARTS: usize = 5;
/// Most hypotheses of several parts in one field.
const MOST_TOGETHER: usize = 200;

/// Share of its hull that parts taken together fill more than they do apart, if they are one cell.
const MORE_SOLID: f32 = 0.012;
/// Least share of its hull that a cell of several parts fills.
const LEAST_SOLID: f32 = 0.88;
/// Largest diameter of a cell of several parts, in largest cells put together from fragments.
const LARGEST: f32 = 1.15;

/// Least diameter of the nucleus of a part that is not dirt, red-cell diameters.
const FULL: f32 = 0.3;

/// Parts that are one cell.
struct Joint {
    cell: FittedCell,
    /// Indices of the fitted cells, ascending.
    parts: Vec<usize>,
    gain: f32,
}

impl FieldView<'_> {
    /// The cells of a field, with the parts joined that are rounder together than apart: two cells side by side
    /// have a waist, two lobes of one cell have none.
    pub(super) fn joined(&self, fits: Fits) -> Vec<FittedCell> {
        let mut joints: Vec<Joint> = self
            .neighbours(&fits.cells)
            .into_iter()
            .filter_map(|parts| self.joint(&fits, parts))
            .collect();
        joints.sort_by(|a, b| b.parts.len().cmp(&a.parts.len()).then(b.gain.total_cmp(&a.gain)));
        let mut taken = vec![false; fits.cells.len()];
        let mut cells = Vec::new();
        for joint in joints {
            if joint.parts.iter().all(|&p| !taken[p]) {
                joint.parts.iter().for_each(|&p| taken[p] = true);
                cells.push(joint.cell);
            }
        }
        let alone = fits.cells.into_iter().zip(taken).filter(|(_, taken)| !taken);
        cells.extend(alone.map(|(cell, _)| cell));
        cells
    }

    fn joint(&self, fits: &Fits, parts: Vec<usize>) -> Option<Joint> {
        let cell = self.fit_together(fits, &parts)?;
        let together = solidity(&cell.outline.points);
        let areas = parts.iter().map(|&p| fits.cells[p].filled.area());
        let solid = parts
            .iter()
            .map(|&p| fits.cells[p].filled.area() * solidity(&fits.cells[p].outline.points));
        let apart = solid.sum::<f32>() / areas.sum::<f32>().max(1.0);
        let gain = together - apart;
        let diameter = cell.filled.diameter();
        let full = parts
            .iter()
            .all(|&p| fits.cells[p].nucleus.diameter() >= FULL * self.red_cell_diameter_px);
        (full && gain >= MORE_SOLID && together >= LEAST_SOLID && diameter <= self.largest(LARGEST))
            .then_some(Joint { cell, parts, gain })
    }

    /// Sets of parts that may be one cell: neighbours, and neighbours of neighbours, the smaller sets first.
    fn neighbours(&self, cells: &[FittedCell]) -> Vec<Vec<usize>> {
        let mut sets: Vec<Vec<usize>> = (0..cells.len()).map(|i| vec![i]).collect();
        let mut from = 0;
        for _ in 1..MOST_PARTS {
            let to = sets.len();
            for set in from..to {
                for next in 0..cells.len() {
                    if sets.len() >= cells.len() + MOST_TOGETHER {
                        break;
                    }
                    let mut larger = sets[set].clone();
                    if larger.contains(&next) || !self.may_be_one(cells, &larger, next) {
                        continue;
                    }
                    larger.push(next);
                    larger.sort_unstable();
                    if !sets[to..].contains(&larger) {
                        sets.push(larger);
                    }
                }
            }
            from = to;
        }
        sets.split_off(cells.len())
    }

    /// True when `next` lies beside one of the others and all together are no larger than a cell.
    fn may_be_one(&self, cells: &[FittedCell], others: &[usize], next: usize) -> bool {
        let gap = GAP * self.red_cell_diameter_px;
        let last = cells[next].filled.bounds;
        let beside = others.iter().any(|&o| {
            let (gap_x, gap_y) = cells[o].filled.bounds.gap(&last);
            gap_x <= gap && gap_y <= gap
        });
        if !beside {
            return false;
        }
        let together = others
            .iter()
            .fold(last, |all, &i| all.union(&cells[i].filled.bounds));
        let extent = together.width.max(together.height) as f32;
        extent <= self.largest(EXTENT)
    }

    /// So many largest cells as pixels; twice as long where no red cell was there to measure.
    fn largest(&self, cells: f32) -> f32 {
        let doubt = if self.measured { 1.0 } else { 2.0 };
        cells * self.settings.largest_cell * doubt * self.red_cell_diameter_px
    }
}
