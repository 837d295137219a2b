//! What the white cells of a slide say, label by label, and the finding that rests on it.

use super::ClassifierFacts;
use super::finding::Judgement;
use super::settings::ScreenSettings;
use crate::domain::{DifferentialShare, Explanation, Finding, PerHundredWhiteCells};
use blastscope_shared::class::Roles;
use blastscope_shared::metrics::{Differential, Interval, MeasuredErrors, Prevalence, Z95};
use std::collections::BTreeMap;

/// A share of blasts below this is none: the corrected shares come near to 0 and never reach it.
const NONE: f64 = 0.005;

/// What a differential says by itself: with the errors of each label where they are known, else as its blasts and other
/// white cells say.
pub(super) fn judge(d: &Differential, facts: &ClassifierFacts, settings: &ScreenSettings) -> Judgement {
    let blast = d.blast(&facts.roles);
    let blasts = blast.map_or(0, |share| share.cells);
    let performance = facts.performance.as_ref();
    let counted = Judgement::of_counts(blasts, d.white_cells, performance, settings, Z95);
    let Some(errors) = facts.errors.as_ref().filter(|e| !e.rows().is_empty()) else {
        return counted;
    };
    let interval = blast.and_then(|share| share.corrected_interval);
    let corrected = Prevalence {
        share: blast.and_then(|share| share.corrected),
        interval: interval.unwrap_or(Interval { low: 0.0, high: 1.0 }),
        cannot_tell: false,
        below_its_error: false,
    };
    let (finding, explanation) = match counted.finding {
        Finding::NotEnoughCells { .. } => (counted.finding, counted.explanation),
        _ => {
            let false_alarms = false_alarms(errors, &facts.roles);
            with_measured_errors(blasts, d.white_cells, corrected.interval, false_alarms, settings)
        }
    };
    Judgement {
        finding,
        explanation,
        raw: counted.raw,
        corrected: Some(corrected),
    }
}

fn with_measured_errors(
    blasts: u64,
    white_cells: u64,
    corrected: Interval,
    false_alarms: f64,
    settings: &ScreenSettings,
) -> (Finding, Explanation) {
    let limit_percent = settings.blasts_likely_above_percent;
    let [lower_percent, upper_percent] = [corrected.low, corrected.high].map(|share| share * 100.0);
    if lower_percent > limit_percent {
        let likely = Finding::BlastsLikely { lower_percent };
        return (likely, Explanation::AboveLimit { limit_percent });
    }
    if blasts == 0 {
        let none = Finding::NoBlastsSeen {
            identified: white_cells,
            upper_percent,
        };
        return (none, Explanation::UpperBound);
    }
    if corrected.low < NONE {
        let why = Explanation::ExplainedByError {
            false_alarm_percent: false_alarms * 100.0,
        };
        return (Finding::WithinError { upper_percent }, why);
    }
    let why = Explanation::NotSurelyAboveLimit { limit_percent };
    (Finding::Undecided, why)
}

/// Share of identified white cells, not blasts, that are called blasts: the mean over sources.
fn false_alarms(errors: &MeasuredErrors, roles: &Roles) -> f64 {
    let mut sources: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let normal = |label| label != roles.blast() && roles.role(label).is_some_and(|r| r.is_counted());
    for row in errors.rows().iter().filter(|row| normal(row.label)) {
        let identified: u64 = row.called.iter().take(roles.all().len()).sum();
        let of = sources.entry(&row.source).or_default();
        of.0 += row.called.get(roles.blast()).copied().unwrap_or(0);
        of.1 += identified;
    }
    let measured = sources.values().filter(|(_, all)| *all > 0);
    let shares: Vec<f64> = measured
        .map(|(called, all)| *called as f64 / *all as f64)
        .collect();
    shares.iter().sum::<f64>() / shares.len().max(1) as f64
}

/// A share as percent of two decimals.
pub(super) fn percent(share: f64) -> f64 {
    (share * 10_000.0).round() / 100.0
}

/// The ends of an interval as percent of two decimals.
pub(super) fn percents(interval: Interval) -> [f64; 2] {
    [percent(interval.low), percent(interval.high)]
}

/// The counted labels of a differential. `blast`: the corrected share of the blast that the finding rests on; that of the
/// only other label is what it leaves. Without `valid` the counts alone.
pub(super) fn shares(
    d: &Differential,
    facts: &ClassifierFacts,
    blast: Option<&Prevalence>,
    valid: bool,
) -> Vec<DifferentialShare> {
    let pair = d.shares.len() == 2;
    let corrected = |label: usize| {
        let blast = blast.map(|b| (b.share, b.interval));
        if label == facts.roles.blast() {
            return blast;
        }
        let left = |(share, interval): (Option<f64>, Interval)| {
            let interval = Interval {
                low: 1.0 - interval.high,
                high: 1.0 - interval.low,
            };
            (share.map(|s| 1.0 - s), interval)
        };
        blast.filter(|_| pair).map(left)
    };
    let said = d.shares.iter().map(|share| {
        let by_label = share.corrected.zip(share.corrected_interval);
        let by_label = by_label.map(|(share, interval)| (Some(share), interval));
        let corrected = by_label.or_else(|| corrected(share.label)).filter(|_| valid);
        DifferentialShare {
            label: name(facts, share.label),
            cells: share.cells,
            percent: share.share.filter(|_| valid).map(percent),
            interval: match valid {
                true => percents(share.interval),
                false => [0.0, 100.0],
            },
            corrected_percent: corrected.and_then(|(share, _)| share).map(percent),
            corrected_interval: corrected.map(|(_, interval)| percents(interval)),
        }
    });
    said.collect()
}

/// The labels beside the white cells. Without `valid` the counts alone.
pub(super) fn beside(d: &Differential, facts: &ClassifierFacts, valid: bool) -> Vec<PerHundredWhiteCells> {
    let rounded = |cells: f64| (cells * 100.0).round() / 100.0;
    let said = d.beside.iter().map(|beside| {
        let known = beside.per_hundred.filter(|_| valid);
        let interval = [beside.interval.low, beside.interval.high];
        PerHundredWhiteCells {
            label: name(facts, beside.label),
            cells: beside.cells,
            per_hundred: known.map(rounded),
            interval: known
                .filter(|_| interval.iter().all(|v| v.is_finite()))
                .map(|_| interval.map(rounded)),
        }
    });
    said.collect()
}

fn name(facts: &ClassifierFacts, label: usize) -> String {
    facts.labels.name(label).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[path = "differential_tests.rs"]
mod tests;
