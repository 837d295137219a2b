//! Counts of one slide, and what they add up to.

use super::ClassifierFacts;
use super::differential::{beside, judge, percent, percents, shares};
use super::finding::{Evidence, Judgement};
use super::pixel_size::PixelSizeEstimator;
use super::sequential::{is_settled, is_settled_by_label};
use super::settings::ScreenSettings;
use crate::domain::{CellClass, ClassCount, FieldPixelSize, Finding, Summary};
use blastscope_shared::class::LabelSet;
use blastscope_shared::class::Role;
use blastscope_shared::metrics::{Differential, differential};

/// Cells of one slide by class.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    facts: ClassifierFacts,
    settings: ScreenSettings,
    fields: u64,
    fields_unusable: u64,
    /// One count a label, then the unidentified.
    counts: Vec<u64>,
    measured: u64,
    unlike: u64,
    far: u64,
    rejected: u64,
    resolved: u64,
    duplicates: u64,
    pixel_size: PixelSizeEstimator,
}

impl Tally {
    /// An empty slide.
    pub fn new(facts: ClassifierFacts, settings: ScreenSettings) -> Self {
        let counts = vec![0; facts.labels.len() + 1];
        Self {
            facts,
            settings,
            fields: 0,
            fields_unusable: 0,
            counts,
            measured: 0,
            unlike: 0,
            far: 0,
            rejected: 0,
            resolved: 0,
            duplicates: 0,
            pixel_size: PixelSizeEstimator::default(),
        }
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
        let unidentified = self.facts.labels.len();
        self.counts[class.unwrap_or(unidentified).min(unidentified)] += cells;
    }

    /// Takes note of how far counted cells are from those that trained the classifier, in its limits.
    pub fn note_distances(&mut self, distances: impl IntoIterator<Item = f32>) {
        for distance in distances.into_iter().map(f64::from) {
            self.measured += 1;
            self.unlike += u64::from(distance > 1.0);
            self.far += u64::from(distance > self.settings.unlike_median_above);
        }
    }

    /// Cells classified so far.
    pub fn cells(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The labels of its cells, in the order of the network's outputs.
    pub fn labels(&self) -> &LabelSet {
        &self.facts.labels
    }

    /// Fields looked at so far.
    pub fn fields(&self) -> u64 {
        self.fields
    }

    fn rejected(&self) -> u64 {
        self.rejected.saturating_sub(self.resolved)
    }

    fn evidence(&self) -> Evidence {
        let called = &self.counts[..self.facts.labels.len()];
        let is_counted = |(_, role): &(&u64, &Role)| role.is_counted();
        let by_role = called.iter().zip(self.facts.roles.all());
        let identified: u64 = by_role.filter(is_counted).map(|(cells, _)| cells).sum();
        let all: u64 = called.iter().sum();
        Evidence {
            blasts: called.get(self.facts.roles.blast()).copied().unwrap_or(0),
            identified,
            others: all - identified,
            unidentified: self.cells() - all,
            measured: self.measured,
            unlike: self.unlike,
            far: self.far,
            rejected: self.rejected(),
            fields: self.fields,
            fields_unusable: self.fields_unusable,
        }
    }

    fn differential(&self) -> Differential {
        differential(&self.counts, &self.facts.roles, self.facts.errors.as_ref())
    }

    fn judged(&self, differential: &Differential) -> Judgement {
        judge(differential, &self.facts, &self.settings).on_slide(&self.evidence(), &self.settings)
    }

    /// Whether the finding will stay when cells are counted up to `most`. That of a poor slide never is settled, nor that
    /// of one on which the classifier has no say: better fields may come.
    pub fn is_settled(&self, most: u64) -> bool {
        let Evidence {
            blasts, identified, ..
        } = self.evidence();
        let left = most.saturating_sub(self.cells());
        if matches!(
            self.judged(&self.differential()).finding,
            Finding::PoorFields { .. } | Finding::PoorCells { .. } | Finding::NotValid { .. }
        ) {
            return false;
        }
        match self.facts.errors {
            Some(_) => is_settled_by_label(&self.counts, left, &self.facts, &self.settings),
            None => {
                let performance = self.facts.performance.as_ref();
                is_settled(blasts, identified, left, performance, &self.settings)
            }
        }
    }

    /// Everything that is said of the slide.
    pub fn summary(&self) -> Summary {
        let differential = self.differential();
        let judged = self.judged(&differential);
        let valid = !matches!(judged.finding, Finding::NotValid { .. });
        let blast = differential
            .blast(&self.facts.roles)
            .and_then(|share| share.share);
        let labels = self.facts.labels.names().iter().cloned().map(CellClass::Label);
        let classes = labels.chain([CellClass::Unidentified]);
        Summary {
            fields: self.fields,
            fields_unusable: self.fields_unusable,
            cells: self.cells(),
            counts: classes
                .zip(&self.counts)
                .map(|(class, &cells)| ClassCount { class, cells })
                .collect(),
            differential: shares(&differential, &self.facts, judged.corrected.as_ref(), valid),
            beside: beside(&differential, &self.facts, valid),
            blast_percent: blast.filter(|_| valid).map(percent),
            interval: percents(judged.raw),
            corrected_percent: judged.corrected.and_then(|c| c.share).map(percent),
            corrected_interval: judged.corrected.map(|c| percents(c.interval)),
            performance: self.facts.performance,
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
    use crate::domain::{Explanation, NotValidReason, PixelSizeOrigin};
    use blastscope_vision::raster::PixelSize;

    fn tally() -> Tally {
        of(ClassifierFacts::of_labels(LabelSet::lymphoblast()))
    }

    fn of(facts: ClassifierFacts) -> Tally {
        Tally::new(facts, ScreenSettings::default())
    }

    /// 35 cells called blasts and 65 not, by a classifier that says how often it errs.
    fn tally_of_known_errors() -> Tally {
        let share = |share| blastscope_shared::metrics::MeasuredShare {
            share,
            standard_error: 0.02,
            cells: 1000,
            subjects: 30,
        };
        let performance = blastscope_shared::metrics::Performance {
            sensitivity: share(0.9),
            specificity: share(0.8),
        };
        let mut tally = of(ClassifierFacts {
            performance: Some(performance),
            ..ClassifierFacts::of_labels(LabelSet::lymphoblast())
        });
        tally.add_cells(Some(0), 35);
        tally.add_cells(Some(1), 65);
        tally
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
        let mut tally = tally_of_known_errors();
        tally.add_unusable_field();
        tally.add_seen_again(3, 0);
        let summary = tally.summary();
        assert_eq!(summary.corrected_percent, Some(21.43));
        let [low, high] = summary.corrected_interval.unwrap();
        let [raw_low, raw_high] = summary.interval;
        assert!(high - low > raw_high - raw_low, "{low} {high}");
        assert_eq!((summary.fields_unusable, summary.duplicates), (1, 3));
        assert_eq!(summary.cells, 100, "duplicates have no part");
        let unknown = tests::tally().summary();
        assert_eq!((unknown.corrected_interval, unknown.performance), (None, None));
    }

    #[test]
    fn of_two_labels_the_other_share_is_what_the_blast_leaves() {
        let tally = tally_of_known_errors();
        let summary = tally.summary();
        let [blast, other] = &summary.differential[..] else {
            panic!("{:?}", summary.differential)
        };
        assert_eq!((blast.label.as_str(), blast.cells), ("all", 35));
        assert_eq!(
            (blast.percent, blast.interval),
            (summary.blast_percent, summary.interval)
        );
        assert_eq!(blast.corrected_percent, summary.corrected_percent);
        assert_eq!(blast.corrected_interval, summary.corrected_interval);
        assert_eq!(
            (other.percent, other.corrected_percent),
            (Some(65.0), Some(78.57))
        );
        assert_eq!(summary.beside, []);
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
    fn a_slide_of_cells_unlike_those_trained_on_has_counts_and_no_shares() {
        let mut tally = tally();
        tally.add_cells(Some(0), 30);
        tally.add_cells(Some(1), 50);
        tally.add_cells(None, 34);
        tally.note_distances((0..114).map(|i| if i < 34 { 1.5 } else { 0.4 }));
        assert_eq!(tally.summary().blast_percent, Some(37.5), "34 of 114 are 29.8 %");
        assert!(!matches!(tally.summary().finding, Finding::NotValid { .. }));
        tally.add_cells(None, 1);
        tally.note_distances([f32::MAX]);
        let summary = tally.summary();
        let reason = NotValidReason::UnlikeTraining;
        assert_eq!(summary.finding, Finding::NotValid { reason });
        let (unlike, far, of) = (35, 35, 115);
        assert_eq!(
            summary.explanation,
            Explanation::UnlikeTraining { unlike, far, of }
        );
        assert_eq!((summary.blast_percent, summary.interval), (None, [0.0, 100.0]));
        assert_eq!(
            (summary.corrected_percent, summary.corrected_interval),
            (None, None)
        );
        assert!(summary.differential.iter().all(|s| s.percent.is_none()));
        let counts: Vec<u64> = summary.counts.iter().map(|c| c.cells).collect();
        assert_eq!((counts, summary.differential[0].cells), (vec![30, 50, 35], 30));
        assert!(!tally.is_settled(500), "better fields may come");
    }

    #[test]
    fn a_slide_whose_median_cell_is_far_is_not_valid_from_20_cells_on() {
        let mut tally = tally();
        tally.add_cells(Some(0), 19);
        tally.note_distances([0.81; 19]);
        assert!(matches!(tally.summary().finding, Finding::NotEnoughCells { .. }));
        tally.add_cells(Some(0), 1);
        tally.note_distances([0.2]);
        assert!(matches!(tally.summary().finding, Finding::NotValid { .. }));
        tally.add_cells(Some(0), 18);
        tally.note_distances([0.2; 18]);
        assert!(
            !matches!(tally.summary().finding, Finding::NotValid { .. }),
            "half of them"
        );
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
