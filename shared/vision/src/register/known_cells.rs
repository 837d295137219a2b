//! Cells of a mosaic: which of those on a field are new.

use crate::find::FoundCell;
use crate::raster::{Point, Rect};
use std::collections::VecDeque;

/// Most cells that are remembered of a slide; the oldest are forgotten.
const REMEMBERED: usize = 100_000;
/// Farthest that two views of a cell lie apart, cell diameters.
const SAME: f32 = 0.5;
/// Share of the smaller box that two views of a cut cell have in common.
const SAME_BOX: f32 = 0.5;

/// A cell on a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenCell {
    /// Its centroid, field pixels.
    pub centre: Point,
    /// Its bounding box, field pixels.
    pub bounds: Rect,
    /// It is classified; else it is rejected: cut by the border, or of unknown pixel size.
    pub classified: bool,
}

impl SeenCell {
    /// A found cell with the centroid and the box of its mask; it is classified unless the border cuts it.
    pub fn of(cell: &FoundCell) -> Self {
        Self {
            centre: cell.centroid(),
            bounds: cell.bounds,
            classified: !cell.cut_by_border,
        }
    }

    /// Side of the square that is as large as its box, pixels.
    pub fn diameter(&self) -> f32 {
        (self.bounds.width as f32 * self.bounds.height as f32).sqrt()
    }
}

/// What is known of the cells of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenField {
    /// For each classified cell, in their order, the number of the counted cell that it is again; `None`: new, it
    /// has the next number of the slide. Numbers are from 0.
    pub again: Vec<Option<usize>>,
    /// Rejected cells, of this field or earlier ones, that are now known to be seen whole or rejected before.
    pub resolved: u64,
}

/// A cell on a mosaic. Lengths are in pixels of its fields.
#[derive(Debug, Clone, Copy)]
struct PlacedCell {
    centre: Point,
    /// The top-left one of its box.
    corner: Point,
    width: f32,
    height: f32,
    diameter: f32,
    classified: bool,
}

#[derive(Debug, Clone, Copy)]
struct KnownCell {
    mosaic: usize,
    placed: PlacedCell,
    /// Number of a counted cell; 0 for a rejected one.
    number: usize,
}

/// The cells of all mosaics of a slide.
#[derive(Debug, Default)]
pub(super) struct KnownCells {
    cells: VecDeque<KnownCell>,
    counted: usize,
}

impl PlacedCell {
    /// A cell of a field whose origin lies at `at`.
    fn of(seen: &SeenCell, at: Point) -> Self {
        Self {
            centre: seen.centre + at,
            corner: seen.bounds.origin() + at,
            width: seen.bounds.width as f32,
            height: seen.bounds.height as f32,
            diameter: seen.diameter(),
            classified: seen.classified,
        }
    }

    /// Distance of the centres in cell diameters.
    fn distance(&self, other: &Self) -> f32 {
        self.centre.distance(other.centre) / ((self.diameter + other.diameter) / 2.0).max(1.0)
    }

    /// Common part of the boxes, share of the smaller one.
    fn common(&self, other: &Self) -> f32 {
        let span = |a: (f32, f32), b: (f32, f32)| ((a.0 + a.1).min(b.0 + b.1) - a.0.max(b.0)).max(0.0);
        let across = span((self.corner.x, self.width), (other.corner.x, other.width));
        let down = span((self.corner.y, self.height), (other.corner.y, other.height));
        let area = |c: &Self| c.width * c.height;
        across * down / area(self).min(area(other)).max(1.0)
    }
}

impl KnownCells {
    /// Takes note of the cells of a field whose origin lies at `at` of a mosaic.
    pub(super) fn see(&mut self, mosaic: usize, at: Point, cells: &[SeenCell]) -> SeenField {
        let placed: Vec<PlacedCell> = cells.iter().map(|c| PlacedCell::of(c, at)).collect();
        let mut seen = SeenField {
            again: self.matches(mosaic, &placed),
            resolved: 0,
        };
        let classified = || placed.iter().filter(|c| c.classified);
        // Views of a cell that were cut by a border are no rejected cells any more when it is seen whole.
        let before = self.cells.len();
        self.cells.retain(|k| {
            k.mosaic != mosaic
                || k.placed.classified
                || !classified().any(|c| c.common(&k.placed) >= SAME_BOX)
        });
        seen.resolved += (before - self.cells.len()) as u64;
        let mut new: Vec<KnownCell> = Vec::new();
        for (cell, _) in classified().zip(&seen.again).filter(|(_, again)| again.is_none()) {
            new.push(KnownCell {
                mosaic,
                placed: *cell,
                number: self.counted,
            });
            self.counted += 1;
        }
        for cell in placed.iter().filter(|c| !c.classified) {
            let known = |k: &KnownCell| k.mosaic == mosaic && cell.common(&k.placed) >= SAME_BOX;
            if self.cells.iter().any(known) {
                seen.resolved += 1;
            } else {
                new.push(KnownCell {
                    mosaic,
                    placed: *cell,
                    number: 0,
                });
            }
        }
        self.cells.extend(new);
        let excess = self.cells.len().saturating_sub(REMEMBERED);
        self.cells.drain(..excess);
        seen
    }

    /// The counted cell that each classified cell is, the nearest pairs first; a counted cell is one of them only.
    fn matches(&self, mosaic: usize, placed: &[PlacedCell]) -> Vec<Option<usize>> {
        let classified: Vec<&PlacedCell> = placed.iter().filter(|c| c.classified).collect();
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for known in self
            .cells
            .iter()
            .filter(|k| k.mosaic == mosaic && k.placed.classified)
        {
            let near = classified
                .iter()
                .enumerate()
                .map(|(i, c)| (c.distance(&known.placed), i, known.number));
            pairs.extend(near.filter(|(distance, ..)| *distance < SAME));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut again: Vec<Option<usize>> = vec![None; classified.len()];
        for (_, cell, number) in pairs {
            if again[cell].is_none() && !again.contains(&Some(number)) {
                again[cell] = Some(number);
            }
        }
        again
    }

    /// Puts a mosaic, moved, onto another one.
    pub(super) fn join(&mut self, mosaic: usize, onto: usize, by: Point) {
        for known in self.cells.iter_mut().filter(|k| k.mosaic == mosaic) {
            known.mosaic = onto;
            known.placed.centre = known.placed.centre + by;
            known.placed.corner = known.placed.corner + by;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(left: u32, top: u32, size: u32, classified: bool) -> SeenCell {
        let bounds = Rect {
            left,
            top,
            width: size,
            height: size,
        };
        SeenCell {
            centre: bounds.centre(),
            bounds,
            classified,
        }
    }

    #[test]
    fn a_cell_within_half_its_diameter_is_the_same_and_its_neighbour_another() {
        let mut known = KnownCells::default();
        known.see(
            1,
            Point::new(0.0, 0.0),
            &[cell(100, 100, 40, true), cell(142, 100, 40, true)],
        );
        let seen = known.see(
            1,
            Point::new(90.0, 0.0),
            &[cell(55, 97, 40, true), cell(95, 100, 40, true)],
        );
        assert_eq!(seen.again, [Some(1), None]);
        // The same place of another mosaic is another place.
        assert_eq!(
            known
                .see(2, Point::new(0.0, 0.0), &[cell(100, 100, 40, true)])
                .again,
            [None]
        );
    }

    #[test]
    fn two_cells_are_never_the_same_counted_one() {
        let mut known = KnownCells::default();
        known.see(1, Point::new(0.0, 0.0), &[cell(0, 0, 60, true)]);
        let parts = [cell(0, 0, 42, true), cell(25, 18, 42, true)];
        let again = known.see(1, Point::new(0.0, 0.0), &parts).again;
        assert_eq!(again.iter().filter(|a| a.is_some()).count(), 1);
    }

    #[test]
    fn a_cut_cell_is_rejected_once_and_no_more_when_it_is_seen_whole() {
        let mut known = KnownCells::default();
        let cut = SeenCell {
            centre: Point::new(10.0, 120.0),
            bounds: Rect {
                left: 0,
                top: 100,
                width: 20,
                height: 40,
            },
            classified: false,
        };
        assert_eq!(known.see(1, Point::new(500.0, 0.0), &[cut]).resolved, 0);
        assert_eq!(
            known.see(1, Point::new(500.0, 0.0), &[cut]).resolved,
            1,
            "rejected once"
        );
        let seen = known.see(1, Point::new(400.0, 0.0), &[cell(80, 100, 40, true)]);
        assert_eq!((seen.again, seen.resolved), (vec![None], 1), "now seen whole");
        assert_eq!(
            known.see(1, Point::new(500.0, 0.0), &[cut]).resolved,
            1,
            "it was seen whole"
        );
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut known = KnownCells::default();
        for field in 0..11 {
            let cells: Vec<SeenCell> = (0..10_000).map(|i| cell(i * 50, 0, 40, true)).collect();
            known.see(field, Point::new(0.0, 0.0), &cells);
        }
        assert_eq!(known.cells.len(), REMEMBERED);
    }
}
