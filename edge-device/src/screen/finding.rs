//! From counts to a finding.

use super::settings::ScreenSettings;
use crate::domain::{Explanation, Finding, NotValidReason};
use blastscope_shared::metrics::{
    Interval, MeasuredShare, Performance, Prevalence, prevalence_at, wilson_at,
};

/// Fields from which on a slide can be poor for its fields.
const FIELDS_TO_JUDGE: u64 = 3;

/// Counts that a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Cells called blasts.
    pub blasts: u64,
    /// Cells called white cells, blasts among them.
    pub identified: u64,
    /// Cells called anything else.
    pub others: u64,
    /// Cells looked at whose class stays open.
    pub unidentified: u64,
    /// Cells of which it is known how far they are from those that trained the classifier.
    pub measured: u64,
    /// Those among them that are unlike all that trained it, and so unidentified.
    pub unlike: u64,
    /// Those among them that are farther than the median of a slide may be.
    pub far: u64,
    /// Cells that could not be looked at.
    pub rejected: u64,
    /// Fields looked at.
    pub fields: u64,
    /// Those among them that could not be used.
    pub fields_unusable: u64,
}

/// A finding with its explanation, and the interval it rests on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement {
    pub(super) finding: Finding,
    pub(super) explanation: Explanation,
    /// Of the cells called blasts (Wilson).
    pub(super) raw: Interval,
    /// Of the blasts behind them, where the error of the classifier is known.
    pub(super) corrected: Option<Prevalence>,
}

impl Judgement {
    /// What the counted cells say by themselves, on a slide that may be poor, or none for this classifier.
    pub(super) fn on_slide(self, e: &Evidence, settings: &ScreenSettings) -> Self {
        let counted = self;
        let fields = e.fields;
        let classified = e.identified + e.others + e.unidentified;
        let (lost, cells) = (e.rejected + e.unidentified, e.rejected + classified);
        let above = |part: u64, of: u64, limit: f64| part as f64 * 100.0 > limit * of as f64;
        let unlike =
            above(e.unlike, classified, settings.unlike_cells_above_percent) || 2 * e.far > e.measured;
        if e.measured >= settings.unlike_minimum_cells && unlike {
            let reason = NotValidReason::UnlikeTraining;
            return Self {
                finding: Finding::NotValid { reason },
                explanation: Explanation::UnlikeTraining {
                    unlike: e.unlike,
                    far: e.far,
                    of: classified,
                },
                raw: Interval { low: 0.0, high: 1.0 },
                corrected: None,
            };
        }
        // Leukaemia is not to be missed for a poor slide.
        let counted_cells = match counted.finding {
            Finding::BlastsLikely { .. } => Some(counted.finding),
            _ => None,
        };
        if fields >= FIELDS_TO_JUDGE && above(e.fields_unusable, fields, settings.poor_fields_above_percent) {
            let poor = Finding::PoorFields {
                unusable: e.fields_unusable,
                of: fields,
            };
            return counted.replaced_by(poor, Explanation::TooFewUsableFields { counted_cells });
        }
        if cells >= settings.minimum_cells && above(lost, cells, settings.poor_cells_above_percent) {
            let poor = Finding::PoorCells { lost, of: cells };
            return counted.replaced_by(poor, Explanation::TooFewClassifiedCells { counted_cells });
        }
        counted
    }

    fn replaced_by(self, finding: Finding, explanation: Explanation) -> Self {
        Self {
            finding,
            explanation,
            ..self
        }
    }

    /// What counts of identified cells alone say, at the two-sided confidence of the normal quantile `z`.
    pub(super) fn of_counts(
        blasts: u64,
        identified: u64,
        performance: Option<&Performance>,
        settings: &ScreenSettings,
        z: f64,
    ) -> Self {
        let raw = wilson_at(blasts, identified, z);
        let corrected = performance.map(|p| prevalence_at(blasts, identified, p, z));
        let (finding, explanation) = if identified < settings.minimum_cells {
            let few = Finding::NotEnoughCells {
                identified,
                needed: settings.minimum_cells,
            };
            (few, Explanation::MoreFieldsNeeded)
        } else {
            match performance.zip(corrected) {
                None => with_unknown_error(raw, settings),
                Some((performance, corrected)) => {
                    with_known_error(blasts, identified, performance, &corrected, settings, z)
                }
            }
        };
        Self {
            finding,
            explanation,
            raw,
            corrected,
        }
    }
}

fn with_unknown_error(raw: Interval, settings: &ScreenSettings) -> (Finding, Explanation) {
    let lower_percent = raw.low * 100.0;
    let finding = if lower_percent > settings.blasts_likely_above_percent {
        Finding::BlastsLikely { lower_percent }
    } else {
        Finding::Undecided
    };
    (finding, Explanation::ErrorUnknown)
}

fn with_known_error(
    blasts: u64,
    identified: u64,
    performance: &Performance,
    corrected: &Prevalence,
    settings: &ScreenSettings,
    z: f64,
) -> (Finding, Explanation) {
    let limit_percent = settings.blasts_likely_above_percent;
    let false_alarm_percent = (1.0 - performance.specificity.share) * 100.0;
    let [lower_percent, upper_percent] = [corrected.interval.low, corrected.interval.high].map(|s| s * 100.0);
    if corrected.cannot_tell {
        return (Finding::Undecided, Explanation::NotBetterThanChance);
    }
    if lower_percent > limit_percent {
        let likely = Finding::BlastsLikely { lower_percent };
        return (likely, Explanation::AboveLimit { limit_percent });
    }
    if corrected.below_its_error {
        let why = Explanation::BelowKnownError { false_alarm_percent };
        return (Finding::Undecided, why);
    }
    if blasts == 0 {
        // Without a single call no error of the specificity may lower the bound.
        let certain = MeasuredShare {
            share: 1.0,
            standard_error: 0.0,
            cells: u64::MAX,
            subjects: u64::MAX,
        };
        let specific = Performance {
            specificity: certain,
            ..*performance
        };
        let upper = prevalence_at(0, identified, &specific, z).interval.high;
        let none = Finding::NoBlastsSeen {
            identified,
            upper_percent: upper.max(corrected.interval.high) * 100.0,
        };
        return (none, Explanation::UpperBound);
    }
    if corrected.interval.low <= 0.0 {
        let why = Explanation::ExplainedByError { false_alarm_percent };
        return (Finding::WithinError { upper_percent }, why);
    }
    (
        Finding::Undecided,
        Explanation::NotSurelyAboveLimit { limit_percent },
    )
}

#[cfg(test)]
#[path = "finding_tests.rs"]
mod tests;
