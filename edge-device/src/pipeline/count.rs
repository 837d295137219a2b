//! Counts the fields of one slide: every cell once.

use super::field::{ScreenedCell, ScreenedField};
use crate::screen::{ScreenSettings, Tally};
use blastscope_inference::Classifier;
use blastscope_vision::register::{Mosaic, SeenCell};

/// The counts of a slide, and what is known of its cells' places. Fields come in the order of their frames.
#[derive(Debug)]
pub struct SlideCounter {
    tally: Tally,
    mosaic: Mosaic,
}

impl SlideCounter {
    /// An empty slide.
    pub fn new(classifier: &Classifier, settings: &ScreenSettings) -> Self {
        let tally = Tally::new(classifier.labels().clone(), settings.clone());
        Self {
            tally: tally.with_performance(classifier.performance()),
            mosaic: Mosaic::new(settings.fields_compared),
        }
    }

    /// Counts a field, and marks those of its cells that were counted before.
    pub fn count(&mut self, field: &mut ScreenedField) {
        if !field.row.quality.is_usable() {
            self.tally.add_unusable_field();
            return;
        }
        let whole = field.cells.iter().map(|c: &ScreenedCell| seen(&c.outline, true));
        let rejected = field.rejected.iter().map(|outline| seen(outline, false));
        let cells: Vec<SeenCell> = whole.chain(rejected).collect();
        let seen = self.mosaic.see(field.at_stage, field.look.as_ref(), &cells);
        for (cell, again) in field.cells.iter_mut().zip(seen.again) {
            cell.again = again;
        }
        field.row.resolved = seen.resolved;
        let (new, again): (Vec<_>, Vec<_>) = field.cells.iter().partition(|c| c.again.is_none());
        let classes = new.into_iter().map(|c| c.class);
        self.tally.add_field(field.row.scale, classes, field.row.rejected);
        self.tally.add_seen_again(again.len() as u64, seen.resolved);
    }

    /// What was counted.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// A cell by its outline; one without any lies at the origin and has no size.
fn seen(outline: &[(f32, f32)], whole: bool) -> SeenCell {
    let [mut left, mut top, mut right, mut bottom] = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    let (mut sum_x, mut sum_y) = (0.0, 0.0);
    for &(x, y) in outline {
        (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
        (sum_x, sum_y) = (sum_x + x, sum_y + y);
    }
    let n = outline.len() as f32;
    match outline.is_empty() {
        true => SeenCell {
            centre: (0.0, 0.0),
            bounds: [0.0; 4],
            whole,
        },
        false => SeenCell {
            centre: (sum_x / n, sum_y / n),
            bounds: [left, top, right - left, bottom - top],
            whole,
        },
    }
}
