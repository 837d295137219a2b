//! Counts of one slide, and what they add up to.

use super::finding::{Finding, ScreenSettings};
use super::scale::{FieldScale, Ruler, SlideScale};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::class::{LabelSet, UNIDENTIFIED};
use blastscope_shared::metrics::wilson;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Cells of one slide by class. The first label is the blast.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    labels: LabelSet,
    settings: ScreenSettings,
    fields: u64,
    fields_unusable: u64,
    /// One count a label, then the unidentified.
    counts: Vec<u64>,
    rejected: u64,
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
    /// What that gives a person to do.
    pub finding: String,
    /// Cells found but not classified: cut by the border of their field, or on a field of unknown scale.
    pub rejected: u64,
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
            fields: 0,
            fields_unusable: 0,
            counts,
            rejected: 0,
            ruler: Ruler::default(),
        }
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

    /// Everything that is said of the slide.
    pub fn summary(&self) -> Summary {
        let blasts = self.counts.first().copied().unwrap_or(0);
        let identified: u64 = self.counts[..self.labels.len()].iter().sum();
        let share = wilson(blasts, identified);
        let percent = |share: f64| (share * 10_000.0).round() / 100.0;
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
            interval: [percent(share.low), percent(share.high)],
            finding: Finding::of(blasts, identified, share, &self.settings).to_string(),
            rejected: self.rejected,
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
