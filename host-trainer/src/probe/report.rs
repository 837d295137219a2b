//! The figures of a study.

use super::balance::{Target, source_of};
use super::study::{Called, Study};
use crate::data::Collection;
use blastscope_shared::class::{Role, Roles, UNIDENTIFIED};
use blastscope_shared::metrics::{ConfusionMatrix, SubjectCalls, auc, expected_calibration_error};
use serde::Serialize;
use std::collections::BTreeMap;

/// Cells from which on a subject counts as a slide.
const SLIDE: usize = 40;
/// Share of a source's cells above which groups of one cell are no subjects.
const NAMELESS: f64 = 0.5;

/// What cells of one source and kind were called.
pub(crate) type Calls = BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>>;

/// A figure over folds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spread {
    pub mean: f64,
    pub deviation: f64,
}

/// How well blasts are told from the other white cells of one source.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PairFigures {
    /// The source.
    pub source: String,
    /// The weighted F1 with the probability of all other labels left out.
    pub weighted_f1: Spread,
    /// The same where a cell that is called anything else counts as wrong.
    pub weighted_f1_others_wrong: Spread,
    /// Balanced accuracy, as `weighted_f1`.
    pub balanced_accuracy: Spread,
    /// Area under the ROC curve, as `weighted_f1`.
    pub auc: Spread,
    /// Expected calibration error, as `weighted_f1`.
    pub ece: Spread,
    /// Area under the ROC curve of the mean probabilities of subjects of 40 cells or more.
    pub auc_of_subjects: Option<f64>,
    /// Those subjects.
    pub subjects: usize,
}

/// Counts what cells were called.
pub(crate) fn calls(collection: &Collection, called: &[Called]) -> Calls {
    let name = |label: usize| collection.labels.name(label).unwrap_or(UNIDENTIFIED).to_owned();
    let mut calls = Calls::new();
    for one in called {
        let target = Target::of(collection, one.cell);
        let truth = match target.label() {
            Some(label) => name(label),
            None => format!("one of {}", target.labels.len()),
        };
        let said = one.says.class.map_or_else(|| UNIDENTIFIED.to_owned(), name);
        *calls
            .entry(source_of(collection, one.cell).to_owned())
            .or_default()
            .entry(truth)
            .or_default()
            .entry(said)
            .or_default() += 1;
    }
    calls
}

/// Counts what spoilt cells were called, by what they were.
pub(crate) fn of_spoilt(
    collection: &Collection,
    called: &[Called],
) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut merged: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (_, kinds) in calls(collection, called) {
        for (truth, said) in kinds {
            let of = merged.entry(truth).or_default();
            said.into_iter()
                .for_each(|(name, n)| *of.entry(name).or_default() += n);
        }
    }
    merged
}

/// Figures of every source that has both blasts and other white cells.
pub(crate) fn pairs(collection: &Collection, roles: &Roles, study: &Study) -> Vec<PairFigures> {
    let mut sources: BTreeMap<&str, Vec<(&Called, bool)>> = BTreeMap::new();
    for one in &study.tested {
        let label = Target::of(collection, one.cell).label();
        let white = label.filter(|l| roles.role(*l).is_some_and(Role::is_counted));
        if let Some(label) = white {
            let of = sources.entry(source_of(collection, one.cell)).or_default();
            of.push((one, label == roles.blast()));
        }
    }
    sources
        .into_iter()
        .filter(|(_, cells)| cells.iter().any(|c| c.1) && cells.iter().any(|c| !c.1))
        .map(|(source, cells)| pair(source, &cells, collection, roles, study))
        .collect()
}

fn pair(
    source: &str,
    cells: &[(&Called, bool)],
    collection: &Collection,
    roles: &Roles,
    study: &Study,
) -> PairFigures {
    // Which labels the cells of this source have, so that the others can be left out.
    let mut present = vec![false; collection.labels.len()];
    for (one, _) in cells {
        Target::of(collection, one.cell)
            .labels
            .iter()
            .for_each(|l| present[*l] = true);
    }
    let scored = |one: &Called| -> f64 {
        let p = &one.says.probabilities;
        let among: f32 = (0..p.len()).filter(|l| present[*l]).map(|l| p[l]).sum();
        f64::from(p[roles.blast()] / among.max(f32::MIN_POSITIVE))
    };
    let mut of_folds: [Vec<f64>; 5] = Default::default();
    for fold in 0..super::FOLDS {
        let of_fold = || cells.iter().filter(|(one, _)| study.fold[one.cell] == fold);
        let scores: Vec<(f64, bool)> = of_fold().map(|(one, blast)| (scored(one), *blast)).collect();
        let Some(area) = auc(&scores) else { continue };
        let (mut among, mut all) = (ConfusionMatrix::new(2), ConfusionMatrix::new(3));
        let mut sure = Vec::new();
        for ((score, blast), (one, _)) in scores.iter().zip(of_fold()) {
            let truth = usize::from(!blast);
            among.add(truth, usize::from(*score < 0.5));
            let said = match one.says.decision {
                d if d == roles.blast() => 0,
                d if present[d] => 1,
                _ => 2,
            };
            all.add(truth, said);
            sure.push((score.max(1.0 - score), (*score >= 0.5) == *blast));
        }
        for (of, value) in of_folds.iter_mut().zip([
            among.weighted_f1(),
            all.weighted_f1(),
            among.balanced_accuracy(),
            area,
            expected_calibration_error(&sure),
        ]) {
            of.push(value);
        }
    }
    let mut subjects: BTreeMap<&str, (f64, usize, bool)> = BTreeMap::new();
    for (one, blast) in cells {
        let of = subjects
            .entry(&collection.cells[one.cell].group)
            .or_insert((0.0, 0, *blast));
        *of = (of.0 + scored(one), of.1 + 1, *blast);
    }
    let slides: Vec<(f64, bool)> = subjects
        .values()
        .filter(|s| s.1 >= SLIDE)
        .map(|s| (s.0 / s.1 as f64, s.2))
        .collect();
    let [f1, wrong, balanced, area, ece] = of_folds.map(|v| mean_and_deviation(&v));
    PairFigures {
        source: source.into(),
        weighted_f1: f1,
        weighted_f1_others_wrong: wrong,
        balanced_accuracy: balanced,
        auc: area,
        ece,
        auc_of_subjects: auc(&slides),
        subjects: slides.len(),
    }
}

fn mean_and_deviation(values: &[f64]) -> Spread {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    let deviation = variance.sqrt();
    Spread { mean, deviation }
}

/// What the cells of each subject were called by probes that did not see it. Where a source names no subjects, its cells
/// are one.
pub(crate) fn errors(collection: &Collection, tested: &[Called]) -> Vec<SubjectCalls> {
    let mut groups: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for one in tested {
        let source = groups.entry(source_of(collection, one.cell)).or_default();
        *source.entry(&collection.cells[one.cell].group).or_default() += 1;
    }
    let nameless = |source: &str| {
        let of = &groups[source];
        let cells: usize = of.values().sum();
        of.len() as f64 > NAMELESS * cells as f64
    };
    let labels = collection.labels.len();
    let mut rows: BTreeMap<(&str, &str, usize), Vec<u64>> = BTreeMap::new();
    for one in tested {
        let Some(label) = Target::of(collection, one.cell).label() else {
            continue;
        };
        let source = source_of(collection, one.cell);
        let subject = match nameless(source) {
            true => "all",
            false => collection.cells[one.cell].group.as_str(),
        };
        let called = rows
            .entry((source, subject, label))
            .or_insert_with(|| vec![0; labels + 1]);
        called[one.says.class.unwrap_or(labels)] += 1;
    }
    let row = |((source, subject, label), called): ((&str, &str, usize), Vec<u64>)| SubjectCalls {
        source: source.into(),
        subject: subject.into(),
        label,
        called,
    };
    rows.into_iter().map(row).collect()
}

/// A table of calls, a line for each source and kind, in percent.
pub(crate) fn lines(calls: &Calls) -> Vec<String> {
    let mut lines = Vec::new();
    for (source, kinds) in calls {
        for (truth, said) in kinds {
            let all: u64 = said.values().sum();
            let mut parts: Vec<(&String, &u64)> = said.iter().collect();
            parts.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
            let told = parts
                .iter()
                .map(|(name, n)| format!("{name} {:.1}", 100.0 * **n as f64 / all as f64));
            let told: Vec<String> = told.collect();
            lines.push(format!("  {source}, {truth} ({all}): {} %", told.join(", ")));
        }
    }
    lines
}
