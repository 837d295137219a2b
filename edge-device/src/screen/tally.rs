//! Counts of one slide, and what they add up to.

use super::finding::{Evidence, Judgement};
use super::pixel_size::PixelSizeEstimator;
use super::sequential::is_settled;
use super::settings::ScreenSettings;
use crate::domain::{CellClass, ClassCount, FieldPixelSize, Finding, Summary};
use blastscope_shared::class::LabelSet;
use blastscope_shared::metrics::{Interval, Performance};

/// Cells of one slide by class. The first label is the blast.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    labels: LabelSet,
    settings: ScreenSettings,
    performance: Option<Performance>,
    fields: u64,
    fields_unusable: u64,
    /// One count a label, then the unidentified.
    counts: Vec<u64>,
    rejected: u64,
    resolved: u64,
    duplicates: u64,
    pixel_size: PixelSizeEstimator,
}

impl Tally {
    /// An empty slide.
    pub fn new(labels: LabelSet, settings: ScreenSettings) -> Self {
        let counts = vec![0; labels.len() + 1];
        Self {
            labels,
            settings,
            performance: None,
            fields: 0,
            fields_unusable: 0,
            counts,
            rejected: 0,
            resolved: 0,
            duplicates: 0,
            pixel_size: PixelSizeEstimator::default(),
        }
    }

    /// The same slide, seen by a classifier whose errors are known.
    #[must_use]
    pub fn with_performance(mut self, performance: Option<Performance>) -> Self {
        self.performance = performance;
        self
    }

    /// Counts classified cells that were counted before, and rejected ones, of this field or earlier ones, that
    /// are now known to be cells that were seen whole or rejected before.
    pub fn add_seen_again(&mut self, duplicates: u64, resolved: u64) {
        self.duplicates += duplicates;
        self.resolved += resolved;
    }

    /// Counts one field: its scale, the classes of its cells (`None`: unidentified), and its cells
    /// that could not be classified.
    pub fn add_field(
        &mut self,
        pixel_size: Option<FieldPixelSize>,
        classes: impl IntoIterator<Item = Option<usize>>,
        rejected: u64,
    ) {
        self.fields += 1;
        self.rejected += rejected;
        self.pixel_size.note(pixel_size);
        classes.into_iter().for_each(|class| self.add_cells(class, 1));
    }

    /// Counts one field whose quality is too poor for its cells to count.
    pub fn add_unusable_field(&mut self) {
        self.fields += 1;
        self.fields_unusable += 1;
    }

    /// Counts cells of one class (`None`: unidentified).
    pub fn add_cells(&mut self, class: Option<usize>, cells: u64) {
        let unidentified = self.labels.len();
        self.counts[class.unwrap_or(unidentified).min(unidentified)] += cells;
    }

    /// Cells classified so far.
    pub fn cells(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The labels of its cells, in the order of the network's outputs.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// Fields looked at so far.
    pub fn fields(&self) -> u64 {
        self.fields
    }

    fn blasts_of_identified(&self) -> (u64, u64) {
        let blasts = self.counts.first().copied().unwrap_or(0);
        (blasts, self.counts[..self.labels.len()].iter().sum())
    }

    fn rejected(&self) -> u64 {
        self.rejected.saturating_sub(self.resolved)
    }

    fn evidence(&self) -> Evidence {
        let (blasts, identified) = self.blasts_of_identified();
        Evidence {
            blasts,
            identified,
            unidentified: self.cells() - identified,
            rejected: self.rejected(),
            fields: self.fields,
            fields_unusable: self.fields_unusable,
        }
    }

    /// Whether the finding will stay when cells are counted up to `most`. That of a poor slide never is settled:
    /// better fields may come.
    pub fn is_settled(&self, most: u64) -> bool {
        let Evidence {
            blasts, identified, ..
        } = self.evidence();
        let left = most.saturating_sub(self.cells());
        let finding = Judgement::of(&self.evidence(), self.performance.as_ref(), &self.settings).finding;
        !matches!(finding, Finding::PoorFields { .. } | Finding::PoorCells { .. })
            && is_settled(
                blasts,
                identified,
                left,
                self.performance.as_ref(),
                &self.settings,
            )
    }

    /// Everything that is said of the slide.
    pub fn summary(&self) -> Summary {
        let Evidence {
            blasts, identified, ..
        } = self.evidence();
        let judged = Judgement::of(&self.evidence(), self.performance.as_ref(), &self.settings);
        let percent = |share: f64| (share * 10_000.0).round() / 100.0;
        let percents = |interval: Interval| [percent(interval.low), percent(interval.high)];
        let labels = self.labels.names().iter().cloned().map(CellClass::Label);
        let classes = labels.chain([CellClass::Unidentified]);
        Summary {
            fields: self.fields,
            fields_unusable: self.fields_unusable,
            cells: self.cells(),
            counts: classes
                .zip(&self.counts)
                .map(|(class, &cells)| ClassCount { class, cells })
                .collect(),
            blast_percent: (identified > 0).then(|| percent(blasts as f64 / identified as f64)),
            interval: percents(judged.raw),
            corrected_percent: judged.corrected.and_then(|c| c.share).map(percent),
            corrected_interval: judged.corrected.map(|c| percents(c.interval)),
            performance: self.performance,
            finding: judged.finding,
            explanation: judged.explanation,
            rejected: self.rejected(),
            duplicates: self.duplicates,
            scale: self.pixel_size.slide(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PixelSizeOrigin;
    use blastscope_vision::raster::PixelSize;

    fn tally() -> Tally {
        Tally::new(LabelSet::lymphoblast(), ScreenSettings::default())
    }

    #[test]
    fn unidentified_and_rejected_cells_are_counted_but_have_no_share() {
        let mut tally = tally();
        let pixel_size = FieldPixelSize {
            size: PixelSize::new(80),
            origin: PixelSizeOrigin::Given,
        };
        tally.add_field(
            Some(pixel_size),
            [Some(0), Some(1), Some(1), Some(1), None, None],
            3,
        );
        let summary = tally.summary();
        assert_eq!((summary.fields, summary.cells, summary.rejected), (1, 6, 3));
        assert_eq!(summary.blast_percent, Some(25.0));
        // Wilson for 1 of 4.
        assert_eq!(summary.interval, [4.56, 69.94]);
        let json = serde_json::to_string(&summary).unwrap();
        assert!(
            json.contains(r#""counts":{"all":1,"hem":3,"unidentified":2}"#),
            "{json}"
        );
        assert!(
            json.contains(r#""scale":{"origin":"given","nanometres_per_pixel":80,"#),
            "{json}"
        );
    }

    #[test]
    fn a_known_error_of_the_classifier_is_carried_into_a_second_interval() {
        let share = |share| blastscope_shared::metrics::MeasuredShare {
            share,
            standard_error: 0.02,
            cells: 1000,
            subjects: 30,
        };
        let performance = Performance {
            sensitivity: share(0.9),
            specificity: share(0.8),
        };
        let mut tally = tally().with_performance(Some(performance));
        tally.add_cells(Some(0), 35);
        tally.add_cells(Some(1), 65);
        tally.add_unusable_field();
        tally.add_seen_again(3, 0);
        let summary = tally.summary();
        assert_eq!(summary.corrected_percent, Some(21.43));
        let [low, high] = summary.corrected_interval.unwrap();
        let [raw_low, raw_high] = summary.interval;
        assert!(high - low > raw_high - raw_low, "{low} {high}");
        assert_eq!((summary.fields_unusable, summary.duplicates), (1, 3));
        assert_eq!(summary.cells, 100, "duplicates have no part");
        let unknown = Tally::new(LabelSet::lymphoblast(), ScreenSettings::default()).summary();
        assert_eq!((unknown.corrected_interval, unknown.performance), (None, None));
    }

    #[test]
    fn a_poor_slide_is_not_ended_early() {
        let mut tally = tally();
        tally.add_cells(Some(0), 100);
        assert!(tally.is_settled(500));
        (0..3).for_each(|_| tally.add_unusable_field());
        assert!(!tally.is_settled(500), "{:?}", tally.summary().finding);
    }

    #[test]
    fn a_cell_that_is_seen_whole_later_is_not_rejected() {
        let mut tally = tally();
        tally.add_field(None, [], 3);
        tally.add_seen_again(0, 2);
        assert_eq!(tally.summary().rejected, 1);
    }

    #[test]
    fn an_empty_slide_has_no_share_and_the_widest_interval() {
        let summary = tally().summary();
        assert_eq!((summary.blast_percent, summary.interval), (None, [0.0, 100.0]));
        assert!(
            serde_json::to_string(&summary)
                .unwrap()
                .contains(r#""blast_percent":null"#)
        );
    }
}
