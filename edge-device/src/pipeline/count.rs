//! Counts the fields of one slide: every cell once.

use super::field::ScreenedField;
use crate::screen::{ClassifierFacts, ScreenSettings, Tally};
use blastscope_vision::register::{Mosaics, SeenCell};

/// The counts of a slide, and what is known of its cells' places. Fields come in the order of their frames.
#[derive(Debug)]
pub struct SlideCounter {
    tally: Tally,
    mosaics: Mosaics,
}

impl SlideCounter {
    /// An empty slide.
    pub fn new(facts: &ClassifierFacts, settings: &ScreenSettings) -> Self {
        Self {
            tally: Tally::new(facts.clone(), settings.clone()),
            mosaics: Mosaics::new(settings.fields_compared),
        }
    }

    /// Counts a field, and marks those of its cells that were counted before.
    pub fn count(&mut self, field: &mut ScreenedField) {
        if !field.quality.is_usable() {
            self.tally.add_unusable_field();
            return;
        }
        let classified = field.cells.iter().map(|c| c.seen);
        let cells: Vec<SeenCell> = classified.chain(field.rejected.iter().map(|c| c.seen)).collect();
        let seen = self
            .mosaics
            .see(field.at_stage, field.registration.as_ref(), &cells);
        for (cell, again) in field.cells.iter_mut().zip(seen.again) {
            cell.again = again;
        }
        field.resolved = seen.resolved;
        let new = || field.cells.iter().filter(|c| c.again.is_none());
        let rejected = field.rejected.len() as u64;
        self.tally
            .add_field(field.pixel_size, new().map(|c| c.class), rejected);
        self.tally.note_distances(new().filter_map(|c| c.cell.distance));
        let again = field.cells.iter().filter(|c| c.again.is_some()).count();
        self.tally.add_seen_again(again as u64, seen.resolved);
    }

    /// What was counted.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}
