//! Cells of a sheet: which of those on a field are new.

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
    pub centre: (f32, f32),
    /// Left, top, width and height of its box, field pixels.
    pub bounds: [f32; 4],
    /// It is classified; else it is rejected: cut by the border, or of unknown scale.
    pub whole: bool,
}

/// What is known of the cells of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenField {
    /// For each whole cell, in their order, the number of the counted cell that it is again; `None`: new, it
    /// has the next number of the slide. Numbers are from 0.
    pub again: Vec<Option<usize>>,
    /// Rejected cells, of this field or earlier ones, that are now known to be seen whole or rejected before.
    pub resolved: u64,
}

#[derive(Debug, Clone, Copy)]
struct KnownCell {
    sheet: usize,
    seen: SeenCell,
    /// Number of a counted cell; 0 for a rejected one.
    number: usize,
}

/// The cells of all sheets of a slide.
#[derive(Debug, Default)]
pub(super) struct KnownCells {
    cells: VecDeque<KnownCell>,
    counted: usize,
}

impl SeenCell {
    fn moved(mut self, by: (f32, f32)) -> Self {
        self.centre = (self.centre.0 + by.0, self.centre.1 + by.1);
        self.bounds[0] += by.0;
        self.bounds[1] += by.1;
        self
    }

    fn diameter(&self) -> f32 {
        (self.bounds[2] * self.bounds[3]).max(0.0).sqrt()
    }

    /// Distance of the centres in cell diameters.
    fn distance(&self, other: &Self) -> f32 {
        let apart = (self.centre.0 - other.centre.0).hypot(self.centre.1 - other.centre.1);
        apart / ((self.diameter() + other.diameter()) / 2.0).max(1.0)
    }

    /// Common part of the boxes, share of the smaller one.
    fn common(&self, other: &Self) -> f32 {
        let span = |i: usize| {
            let start = self.bounds[i].max(other.bounds[i]);
            let end = (self.bounds[i] + self.bounds[i + 2]).min(other.bounds[i] + other.bounds[i + 2]);
            (end - start).max(0.0)
        };
        let area = |c: &Self| c.bounds[2] * c.bounds[3];
        span(0) * span(1) / area(self).min(area(other)).max(1.0)
    }
}

impl KnownCells {
    /// Takes note of the cells of a field whose origin lies at `at` of a sheet.
    pub(super) fn see(&mut self, sheet: usize, at: (f32, f32), cells: &[SeenCell]) -> SeenField {
        let placed: Vec<SeenCell> = cells.iter().map(|c| c.moved(at)).collect();
        let mut seen = SeenField {
            again: self.matches(sheet, &placed),
            resolved: 0,
        };
        let whole = || placed.iter().filter(|c| c.whole);
        // Views of a cell that were cut by a border are no rejected cells any more when it is seen whole.
        let before = self.cells.len();
        self.cells
            .retain(|k| k.sheet != sheet || k.seen.whole || !whole().any(|c| c.common(&k.seen) >= SAME_BOX));
        seen.resolved += (before - self.cells.len()) as u64;
        let mut new: Vec<KnownCell> = Vec::new();
        for (cell, _) in whole().zip(&seen.again).filter(|(_, again)| again.is_none()) {
            new.push(KnownCell {
                sheet,
                seen: *cell,
                number: self.counted,
            });
            self.counted += 1;
        }
        for cell in placed.iter().filter(|c| !c.whole) {
            let known = |k: &KnownCell| k.sheet == sheet && cell.common(&k.seen) >= SAME_BOX;
            match self.cells.iter().any(known) {
                true => seen.resolved += 1,
                false => new.push(KnownCell {
                    sheet,
                    seen: *cell,
                    number: 0,
                }),
            }
        }
        self.cells.extend(new);
        let excess = self.cells.len().saturating_sub(REMEMBERED);
        self.cells.drain(..excess);
        seen
    }

    /// The counted cell that each whole cell is, the nearest pairs first; a counted cell is one of them only.
    fn matches(&self, sheet: usize, placed: &[SeenCell]) -> Vec<Option<usize>> {
        let whole: Vec<&SeenCell> = placed.iter().filter(|c| c.whole).collect();
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for known in self.cells.iter().filter(|k| k.sheet == sheet && k.seen.whole) {
            let near = whole
                .iter()
                .enumerate()
                .map(|(i, c)| (c.distance(&known.seen), i, known.number));
            pairs.extend(near.filter(|(distance, ..)| *distance < SAME));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut again: Vec<Option<usize>> = vec![None; whole.len()];
        for (_, cell, number) in pairs {
            if again[cell].is_none() && !again.contains(&Some(number)) {
                again[cell] = Some(number);
            }
        }
        again
    }

    /// Puts a sheet, moved, onto another one.
    pub(super) fn join(&mut self, sheet: usize, onto: usize, by: (f32, f32)) {
        for known in self.cells.iter_mut().filter(|k| k.sheet == sheet) {
            known.sheet = onto;
            known.seen = known.seen.moved(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(x: f32, y: f32, size: f32, whole: bool) -> SeenCell {
        SeenCell {
            centre: (x + size / 2.0, y + size / 2.0),
            bounds: [x, y, size, size],
            whole,
        }
    }

    #[test]
    fn a_cell_within_half_its_diameter_is_the_same_and_its_neighbour_another() {
        let mut known = KnownCells::default();
        known.see(
            1,
            (0.0, 0.0),
            &[cell(100.0, 100.0, 40.0, true), cell(142.0, 100.0, 40.0, true)],
        );
        let seen = known.see(
            1,
            (90.0, 0.0),
            &[cell(55.0, 97.0, 40.0, true), cell(95.0, 100.0, 40.0, true)],
        );
        assert_eq!(seen.again, [Some(1), None]);
        // The same place of another sheet is another place.
        assert_eq!(
            known.see(2, (0.0, 0.0), &[cell(100.0, 100.0, 40.0, true)]).again,
            [None]
        );
    }

    #[test]
    fn two_cells_are_never_the_same_counted_one() {
        let mut known = KnownCells::default();
        known.see(1, (0.0, 0.0), &[cell(0.0, 0.0, 60.0, true)]);
        let parts = [cell(0.0, 0.0, 42.0, true), cell(25.0, 18.0, 42.0, true)];
        let again = known.see(1, (0.0, 0.0), &parts).again;
        assert_eq!(again.iter().filter(|a| a.is_some()).count(), 1);
    }

    #[test]
    fn a_cut_cell_is_rejected_once_and_no_more_when_it_is_seen_whole() {
        let mut known = KnownCells::default();
        let cut = SeenCell {
            centre: (10.0, 120.0),
            bounds: [0.0, 100.0, 20.0, 40.0],
            whole: false,
        };
        assert_eq!(known.see(1, (500.0, 0.0), &[cut]).resolved, 0);
        assert_eq!(known.see(1, (500.0, 0.0), &[cut]).resolved, 1, "rejected once");
        let seen = known.see(1, (400.0, 0.0), &[cell(80.0, 100.0, 40.0, true)]);
        assert_eq!((seen.again, seen.resolved), (vec![None], 1), "now seen whole");
        assert_eq!(
            known.see(1, (500.0, 0.0), &[cut]).resolved,
            1,
            "it was seen whole"
        );
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut known = KnownCells::default();
        for field in 0..11 {
            let cells: Vec<SeenCell> = (0..10_000)
                .map(|i| cell(i as f32 * 50.0, 0.0, 40.0, true))
                .collect();
            known.see(field, (0.0, 0.0), &cells);
        }
        assert_eq!(known.cells.len(), REMEMBERED);
    }
}
