use super::{Evaluated, Figure, McNemar, Prediction, Report, Scored};
use crate::{Error, ErrorKind};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::metrics::{Interval, bootstrap_over_subjects};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Two classifiers on the same test cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// Stands on everything.
    pub disclaimer: String,
    /// Titles of their reports.
    pub titles: [String; 2],
    /// Test cells of both.
    pub cells: u64,
    /// Subject groups, or pictures where the data name no subjects: what is resampled.
    pub groups: u64,
    /// What is resampled.
    pub resampled: String,
    /// Weighted F1 of both; none where all cells are of one class.
    pub weighted_f1: Option<[f64; 2]>,
    /// The first less the second.
    pub difference: Option<f64>,
    /// 95 % interval of the difference by resampling subjects (bootstrap, 1000 times), both classifiers on
    /// the same resample. Cells of one subject are alike: this is the one to believe.
    pub difference_interval: Option<Interval>,
    /// On single cells, as if they were independent.
    pub mcnemar: McNemar,
    /// Of both, where images were split at random.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A cell and what both decide.
#[derive(Clone, Copy)]
struct Pair {
    truth: usize,
    decisions: [usize; 2],
}

/// One of the two.
pub(super) struct Side<'a> {
    pub folder: &'a Path,
    pub report: &'a Report,
    pub predictions: Vec<&'a Prediction>,
}

impl<'a> Side<'a> {
    fn of(evaluated: &'a Evaluated) -> Self {
        Self {
            folder: evaluated.folder(),
            report: evaluated.report(),
            predictions: evaluated.predictions().collect(),
        }
    }

    fn by_file(&self) -> BTreeMap<&'a str, &'a Prediction> {
        self.predictions.iter().map(|p| (p.file.as_str(), *p)).collect()
    }

    fn warning(&self) -> Option<String> {
        Some(format!(
            "{}: {}",
            self.report.title,
            self.report.protocol.warning()?
        ))
    }
}

impl Comparison {
    /// Refuses two evaluations whose labels or test cells differ.
    pub(crate) fn of(first: &Evaluated, second: &Evaluated) -> Result<Self, Error> {
        Self::of_sides(&[Side::of(first), Side::of(second)])
    }

    pub(super) fn of_sides(both: &[Side<'_>; 2]) -> Result<Self, Error> {
        let [a, b] = both.each_ref().map(|s| s.report);
        let refuse = |why: String| {
            let [a, b] = both.each_ref().map(|s| s.folder.display());
            let message = format!("{a} and {b} cannot be compared: {why}");
            Err(Error::new(ErrorKind::Run, message))
        };
        if a.labels != b.labels {
            return refuse(format!(
                "the labels differ ({} and {})",
                a.labels.names().join(", "),
                b.labels.names().join(", ")
            ));
        }
        let [mine, theirs] = both.each_ref().map(Side::by_file);
        if let Some(why) = difference_of_cells(&mine, &theirs) {
            return refuse(format!("{why}; evaluate both on the same data and split"));
        }
        let mut groups: BTreeMap<&str, Vec<Pair>> = BTreeMap::new();
        for (p, q) in mine.values().zip(theirs.values()) {
            let pair = Pair {
                truth: p.label,
                decisions: [p.decision, q.decision],
            };
            groups.entry(&p.group).or_default().push(pair);
        }
        let groups: Vec<Vec<Pair>> = groups.into_values().collect();
        let pairs: Vec<Pair> = groups.iter().flatten().copied().collect();
        let labels = a.labels.len();
        let difference = |pairs: &[Pair]| {
            let [a, b] = weighted_f1(pairs, labels)?;
            Some(a - b)
        };
        let right = |p: &Pair| (p.decisions[0] == p.truth, p.decisions[1] == p.truth);
        Ok(Self {
            disclaimer: DISCLAIMER.into(),
            titles: [a.title.clone(), b.title.clone()],
            cells: pairs.len() as u64,
            groups: groups.len() as u64,
            resampled: a.protocol.resampled().into(),
            weighted_f1: weighted_f1(&pairs, labels),
            difference: difference(&pairs),
            difference_interval: bootstrap_over_subjects(&groups, 1000, 1, difference),
            mcnemar: McNemar::of(pairs.iter().map(right)),
            warnings: both.iter().filter_map(Side::warning).collect(),
        })
    }

    /// In words, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("first:  {}", self.titles[0]),
            format!("second: {}", self.titles[1]),
            format!("{} test cells of {} {}", self.cells, self.groups, self.resampled),
        ];
        lines.extend(self.warnings.iter().map(|w| format!("WARNING: {w}")));
        lines.push(match (self.weighted_f1, self.difference) {
            (Some([a, b]), Some(d)) => {
                let interval = self.difference_interval.map_or_else(
                    || "no interval: too few subjects".to_owned(),
                    |i| {
                        format!(
                            "95 % interval over {} {:+.3} to {:+.3}",
                            self.resampled, i.low, i.high
                        )
                    },
                );
                format!("weighted F1 {a:.3} and {b:.3}; first less second {d:+.3} ({interval})")
            }
            _ => "weighted F1 is not available: all test cells are of one class".to_owned(),
        });
        let m = &self.mcnemar;
        lines.push(format!(
            "right: both {}, only the first {}, only the second {}, neither {}",
            m.both, m.only_first, m.only_second, m.neither
        ));
        let statistic = m.chi_square.map_or_else(String::new, |c| format!(" {c:.2},"));
        lines.push(format!(
            "McNemar ({}):{statistic} p = {:.2e}; cells of one subject are not independent, so that p is too small: \
             believe the interval over {}",
            m.test(),
            m.p,
            self.resampled
        ));
        lines
    }
}

/// Why two sets of test cells are not the same.
fn difference_of_cells(a: &BTreeMap<&str, &Prediction>, b: &BTreeMap<&str, &Prediction>) -> Option<String> {
    let lacks = |of: &BTreeMap<&str, &Prediction>, in_: &BTreeMap<&str, &Prediction>| {
        let missing: Vec<String> = of
            .keys()
            .filter(|f| !in_.contains_key(**f))
            .map(|f| (*f).to_owned())
            .collect();
        (missing.len(), missing.into_iter().next())
    };
    let (only_first, only_second) = (lacks(a, b), lacks(b, a));
    if let Some(example) = only_first.1.or(only_second.1) {
        return Some(format!(
            "the test cells differ ({} only of the first, {} only of the second, such as {example})",
            only_first.0, only_second.0
        ));
    }
    let moved = a.iter().find(|(file, p)| {
        let other = b.get(**file);
        other.is_some_and(|q| q.label != p.label || q.group != p.group)
    });
    moved.map(|(file, _)| format!("{file} has another label or subject in the second"))
}

fn weighted_f1(pairs: &[Pair], labels: usize) -> Option<[f64; 2]> {
    let of = |which: usize| {
        let scored = |p: &Pair| Scored {
            truth: p.truth,
            decision: p.decisions[which],
            score: 0.0,
            confidence: None,
            probabilities: &[],
        };
        Figure::WeightedF1.of(&pairs.iter().map(scored).collect::<Vec<_>>(), labels)
    };
    Some([of(0)?, of(1)?])
}
