//! The mosaics of a slide: fields that hang together.

use super::correlate::Correlator;
use super::known_cells::{KnownCells, SeenCell, SeenField};
use super::overlap::agreed_shift;
use super::registration_image::RegistrationImage;
use crate::raster::Point;
use std::collections::VecDeque;
use std::sync::Arc;

/// Share of the sides by which a field must differ from one that is remembered to be remembered too.
const MOVED: f32 = 0.1;

/// The mosaic of fields whose place on the stage is known; others are counted from 1.
const STAGE: usize = 0;

/// A field that new ones are laid over.
#[derive(Debug)]
struct Placed {
    image: Arc<RegistrationImage>,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    mosaic: usize,
    /// Origin of the field on the mosaic, field pixels.
    at: Point,
}

/// Lays the fields of one slide side by side as they come. Remembers the images of the latest ones and the places
/// of up to 100,000 cells.
#[derive(Debug)]
pub struct Mosaics {
    compared: usize,
    correlator: Correlator,
    /// The latest first.
    fields: VecDeque<Placed>,
    mosaics: usize,
    overlapping: u64,
    cells: KnownCells,
}

impl Mosaics {
    /// An empty slide; every field is laid over the latest `compared` ones, 0 for none.
    pub fn new(compared: usize) -> Self {
        Self {
            compared,
            correlator: Correlator::new(),
            fields: VecDeque::new(),
            mosaics: 0,
            overlapping: 0,
            cells: KnownCells::default(),
        }
    }

    /// Places a field and tells which of its cells were seen before: at the position of the stage (field pixels
    /// from any origin) where it is known, else by its image. A field with neither lies apart from all others.
    pub fn see(
        &mut self,
        at_stage: Option<Point>,
        image: Option<&Arc<RegistrationImage>>,
        cells: &[SeenCell],
    ) -> SeenField {
        if let Some(at) = at_stage {
            return self.cells.see(STAGE, at, cells);
        }
        let found = image.and_then(|image| self.place(image));
        self.overlapping += u64::from(found.is_some());
        let place = found.unwrap_or_else(|| {
            self.mosaics += 1;
            Place {
                mosaic: self.mosaics,
                at: Point::default(),
            }
        });
        if let Some(image) = image {
            self.remember(image, place);
        }
        self.cells.see(place.mosaic, place.at, cells)
    }

    /// Fields that were laid over earlier ones.
    pub fn overlapping(&self) -> u64 {
        self.overlapping
    }

    /// Where a field lies, if it overlaps any of the latest ones. Mosaics that it holds together are joined.
    fn place(&mut self, image: &Arc<RegistrationImage>) -> Option<Place> {
        let mut place: Option<Place> = None;
        let mut next = 0;
        while next < self.fields.len() {
            let other = |p: &Placed| {
                p.image.size == image.size && place.is_none_or(|known| known.mosaic != p.place.mosaic)
            };
            let pair: Vec<usize> = (next..self.fields.len())
                .filter(|i| other(&self.fields[*i]))
                .take(2)
                .collect();
            let Some(last) = pair.last() else { break };
            next = last + 1;
            let firsts = [0, 1].map(|i| pair.get(i).map(|at| self.fields[*at].image.as_ref()));
            let shifts = self.correlator.shifts(firsts, image);
            for (at, shifts) in pair.iter().zip(&shifts) {
                let first = &self.fields[*at];
                let Some((shift, _)) = agreed_shift(&first.image, image, shifts) else {
                    continue;
                };
                let found = Place {
                    mosaic: first.place.mosaic,
                    at: first.place.at + shift,
                };
                match place {
                    None => place = Some(found),
                    Some(known) if known.mosaic != found.mosaic => self.join(found, known),
                    Some(_) => {}
                }
            }
        }
        place
    }

    /// Joins two mosaics: one field lies at `found` of the one and at `known` of the other.
    fn join(&mut self, found: Place, known: Place) {
        let by = known.at - found.at;
        for field in self.fields.iter_mut().filter(|f| f.place.mosaic == found.mosaic) {
            field.place.mosaic = known.mosaic;
            field.place.at = field.place.at + by;
        }
        self.cells.join(found.mosaic, known.mosaic, by);
    }

    fn remember(&mut self, image: &Arc<RegistrationImage>, place: Place) {
        let near = |f: &Placed| {
            let away = f.place.at - place.at;
            let (w, h) = image.size;
            f.place.mosaic == place.mosaic
                && away.x.abs() < MOVED * w as f32
                && away.y.abs() < MOVED * h as f32
        };
        // A stage that stands still must not push all other fields out.
        let same = self
            .fields
            .iter()
            .position(near)
            .and_then(|at| self.fields.remove(at));
        let placed = same.unwrap_or_else(|| Placed {
            image: Arc::clone(image),
            place,
        });
        self.fields.push_front(placed);
        self.fields.truncate(self.compared);
    }
}

#[cfg(test)]
#[path = "mosaics_tests.rs"]
mod tests;
