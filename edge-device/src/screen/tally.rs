//! Counts of one slide, and what they add up to.

use super::finding::{Evidence, Finding, Judgement};
use super::scale::{FieldScale, Ruler, SlideScale};
use super::sequential::is_settled;
use super::settings::ScreenSettings;
use blastscope_shared::DISCLAIMER;
use blastscope_shared::class::{LabelSet, UNIDENTIFIED};
use blastscope_shared::metrics::{Interval, Performance};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

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
    ruler: Ruler,
}

/// A slide as it is shown and exported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Fields looked at.
    pub fields: u64,
    /// Those among them that were unfit; their cells are not counted.
    pub fields_unusable: u64,
    /// Cells classified: the sum of the counts.
    pub cells: u64,
    /// Cells of each label in the order of the network's outputs, then the unidentified.
    #[serde(serialize_with = "as_map")]
    pub counts: Vec<(String, u64)>,
    /// Blasts per identified cell in percent; `None` when no cell is identified.
    pub blast_percent: Option<f64>,
    /// 95 % interval of the same share (Wilson 1927), percent.
    pub interval: [f64; 2],
    /// Share of blasts corrected for the errors of the classifier (Rogan and Gladen 1978), percent; `None` when
    /// they are unknown, or the classifier cannot tell.
    pub corrected_percent: Option<f64>,
    /// Its 95 % interval, which carries the uncertainty of those errors too, percent; `None` when they are
    /// unknown.
    pub corrected_interval: Option<[f64; 2]>,
    /// How often the classifier errs; `None` when its package does not say.
    pub performance: Option<Performance>,
    /// What that gives a person to do.
    pub finding: String,
    /// Why it is that finding.
    pub explanation: String,
    /// Cells found but not classified, and never seen whole: cut by the border of their field, or on a field of
    /// unknown scale.
    pub rejected: u64,
    /// Classified cells that an earlier field has shown already; they have no part in the counts.
    pub duplicates: u64,
    /// Where the scale of the fields came from.
    pub scale: SlideScale,
    /// Nothing that leaves here is signed.
    pub status: &'static str,
    /// [`DISCLAIMER`].
    pub notice: &'static str,
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
            ruler: Ruler::default(),
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
        scale: Option<FieldScale>,
        classes: impl IntoIterator<Item = Option<usize>>,
        rejected: u64,
    ) {
        self.fields += 1;
        self.rejected += rejected;
        self.ruler.note(scale);
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
        let finding = Finding::of(&self.evidence(), self.performance.as_ref(), &self.settings);
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
        let names = self
            .labels
            .names()
            .iter()
            .map(String::as_str)
            .chain([UNIDENTIFIED]);
        Summary {
            fields: self.fields,
            fields_unusable: self.fields_unusable,
            cells: self.cells(),
            counts: names
                .map(str::to_owned)
                .zip(self.counts.iter().copied())
                .collect(),
            blast_percent: (identified > 0).then(|| percent(blasts as f64 / identified as f64)),
            interval: percents(judged.raw),
            corrected_percent: judged.corrected.and_then(|c| c.share).map(percent),
            corrected_interval: judged.corrected.map(|c| percents(c.interval)),
            performance: self.performance,
            finding: judged.finding.to_string(),
            explanation: judged.why,
            rejected: self.rejected(),
            duplicates: self.duplicates,
            scale: self.ruler.slide(),
            status: "unsigned",
            notice: DISCLAIMER,
        }
    }
}

fn as_map<S: Serializer>(counts: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(counts.len()))?;
    for (name, count) in counts {
        map.serialize_entry(name, count)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::ScaleOrigin;

    fn tally() -> Tally {
        Tally::new(LabelSet::lymphoblast(), ScreenSettings::default())
    }

    #[test]
    fn unidentified_and_rejected_cells_are_counted_but_have_no_share() {
        let mut tally = tally();
        let scale = FieldScale {
            nanometres_per_pixel: 80,
            origin: ScaleOrigin::Given,
        };
        tally.add_field(Some(scale), [Some(0), Some(1), Some(1), Some(1), None, None], 3);
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
            json.contains(r#""status":"unsigned""#) && json.contains(DISCLAIMER),
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
        assert!(!tally.is_settled(500), "{}", tally.summary().finding);
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
