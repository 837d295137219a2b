//! The sheets of a slide: fields that hang together.

use super::correlate::Correlator;
use super::known_cells::{KnownCells, SeenCell, SeenField};
use super::look::FieldLook;
use super::overlap::agreed_shift;
use std::collections::VecDeque;
use std::sync::Arc;

/// Share of the sides by which a field must differ from one that is remembered to be remembered too.
const MOVED: f32 = 0.1;

/// The sheet of fields whose place on the stage is known; others are counted from 1.
const STAGE: usize = 0;

/// A field that new ones are laid over.
#[derive(Debug)]
struct Placed {
    look: Arc<FieldLook>,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    sheet: usize,
    /// Origin of the field on the sheet, field pixels.
    at: (f32, f32),
}

/// Lays the fields of one slide side by side as they come. Remembers the look of the latest ones and the places
/// of up to 100,000 cells.
#[derive(Debug)]
pub struct Mosaic {
    compared: usize,
    correlator: Correlator,
    /// The latest first.
    fields: VecDeque<Placed>,
    sheets: usize,
    overlapping: u64,
    cells: KnownCells,
}

impl Mosaic {
    /// An empty slide; every field is laid over the latest `compared` ones, 0 for none.
    pub fn new(compared: usize) -> Self {
        Self {
            compared,
            correlator: Correlator::new(),
            fields: VecDeque::new(),
            sheets: 0,
            overlapping: 0,
            cells: KnownCells::default(),
        }
    }

    /// Places a field and tells which of its cells were seen before: at the position of the stage (field pixels
    /// from any origin) where it is known, else by its look. A field with neither lies apart from all others.
    pub fn see(
        &mut self,
        at_stage: Option<(f32, f32)>,
        look: Option<&Arc<FieldLook>>,
        cells: &[SeenCell],
    ) -> SeenField {
        if let Some(at) = at_stage {
            return self.cells.see(STAGE, at, cells);
        }
        let found = look.and_then(|look| self.place(look));
        self.overlapping += u64::from(found.is_some());
        let place = found.unwrap_or_else(|| {
            self.sheets += 1;
            Place {
                sheet: self.sheets,
                at: (0.0, 0.0),
            }
        });
        if let Some(look) = look {
            self.remember(look, place);
        }
        self.cells.see(place.sheet, place.at, cells)
    }

    /// Fields that were laid over earlier ones.
    pub fn overlapping(&self) -> u64 {
        self.overlapping
    }

    /// Where a field lies, if it overlaps any of the latest ones. Sheets that it holds together are joined.
    fn place(&mut self, look: &Arc<FieldLook>) -> Option<Place> {
        let mut place: Option<Place> = None;
        let mut next = 0;
        while next < self.fields.len() {
            let other = |p: &Placed| {
                p.look.size == look.size && place.is_none_or(|known| known.sheet != p.place.sheet)
            };
            let pair: Vec<usize> = (next..self.fields.len())
                .filter(|i| other(&self.fields[*i]))
                .take(2)
                .collect();
            let Some(last) = pair.last() else { break };
            next = last + 1;
            let firsts = [0, 1].map(|i| pair.get(i).map(|at| self.fields[*at].look.as_ref()));
            let shifts = self.correlator.shifts(firsts, look);
            for (at, shifts) in pair.iter().zip(&shifts) {
                let first = &self.fields[*at];
                let Some((shift, _)) = agreed_shift(&first.look, look, shifts) else {
                    continue;
                };
                let found = Place {
                    sheet: first.place.sheet,
                    at: (first.place.at.0 + shift.0, first.place.at.1 + shift.1),
                };
                match place {
                    None => place = Some(found),
                    Some(known) if known.sheet != found.sheet => self.join(found, known),
                    Some(_) => {}
                }
            }
        }
        place
    }

    /// Joins two sheets: one field lies at `found` of the one and at `known` of the other.
    fn join(&mut self, found: Place, known: Place) {
        let by = (known.at.0 - found.at.0, known.at.1 - found.at.1);
        for field in self.fields.iter_mut().filter(|f| f.place.sheet == found.sheet) {
            field.place.sheet = known.sheet;
            field.place.at = (field.place.at.0 + by.0, field.place.at.1 + by.1);
        }
        self.cells.join(found.sheet, known.sheet, by);
    }

    fn remember(&mut self, look: &Arc<FieldLook>, place: Place) {
        let near = |f: &Placed| {
            let (dx, dy) = (f.place.at.0 - place.at.0, f.place.at.1 - place.at.1);
            let (w, h) = look.size;
            f.place.sheet == place.sheet && dx.abs() < MOVED * w as f32 && dy.abs() < MOVED * h as f32
        };
        // A stage that stands still must not push all other fields out.
        let same = self
            .fields
            .iter()
            .position(near)
            .and_then(|at| self.fields.remove(at));
        let placed = same.unwrap_or_else(|| Placed {
            look: Arc::clone(look),
            place,
        });
        self.fields.push_front(placed);
        self.fields.truncate(self.compared);
    }
}

#[cfg(test)]
#[path = "mosaic_tests.rs"]
mod tests;
