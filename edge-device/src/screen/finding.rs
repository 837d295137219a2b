//! What is said of a slide. Never more than a reason to look: a person signs.

use super::settings::ScreenSettings;
use blastscope_shared::metrics::{
    Interval, MeasuredShare, Performance, Prevalence, Z95, prevalence_at, wilson_at,
};
use std::fmt;

/// Fields from which on a slide can be poor for its fields.
const FIELDS_TO_JUDGE: u64 = 3;

/// Counts that a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Cells called blasts.
    pub blasts: u64,
    /// Cells called anything, blasts among them.
    pub identified: u64,
    /// Cells looked at whose class stays open.
    pub unidentified: u64,
    /// Cells that could not be looked at.
    pub rejected: u64,
    /// Fields looked at.
    pub fields: u64,
    /// Those among them that could not be used.
    pub fields_unusable: u64,
}

/// The finding of an unsigned slide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// Too many fields could not be used.
    PoorFields {
        /// Those among them that could not be used.
        unusable: u64,
        /// All fields.
        of: u64,
    },
    /// Too many cells were rejected or stayed unidentified.
    PoorCells {
        /// Rejected and unidentified cells.
        lost: u64,
        /// All cells found.
        of: u64,
    },
    /// Too few identified cells.
    NotEnoughCells {
        /// Cells identified so far.
        identified: u64,
        /// Cells needed.
        needed: u64,
    },
    /// The whole interval of the share of blasts lies above the threshold.
    BlastsLikely,
    /// Not one cell was called a blast, by a classifier whose error is known.
    NoBlastsSeen {
        /// Cells identified.
        identified: u64,
        /// Upper bound of the share of blasts, percent.
        upper_percent: f64,
    },
    /// Some cells were called blasts, no more than the known error of the classifier explains.
    WithinError {
        /// Upper bound of the share of blasts, percent.
        upper_percent: f64,
    },
    /// Anything else.
    Undecided,
}

/// A finding with the sentence that explains it, and the interval it rests on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement {
    pub(super) finding: Finding,
    pub(super) why: String,
    /// Of the cells called blasts (Wilson).
    pub(super) raw: Interval,
    /// Of the blasts behind them, where the error of the classifier is known.
    pub(super) corrected: Option<Prevalence>,
}

impl Finding {
    /// The finding for some counts. `performance` is the error of the classifier, where it is known.
    pub fn of(evidence: &Evidence, performance: Option<&Performance>, settings: &ScreenSettings) -> Self {
        Judgement::of(evidence, performance, settings).finding
    }

    /// The same finding, whatever its numbers.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// What counts of identified cells alone say, at the two-sided confidence of the normal quantile `z`.
    pub(super) fn of_counts(
        blasts: u64,
        identified: u64,
        performance: Option<&Performance>,
        settings: &ScreenSettings,
        z: f64,
    ) -> Self {
        Judgement::of_counts(blasts, identified, performance, settings, z).finding
    }
}

impl Judgement {
    pub(super) fn of(e: &Evidence, performance: Option<&Performance>, settings: &ScreenSettings) -> Self {
        let counted = Self::of_counts(e.blasts, e.identified, performance, settings, Z95);
        let fields = e.fields;
        let (lost, cells) = (
            e.rejected + e.unidentified,
            e.rejected + e.unidentified + e.identified,
        );
        let above = |part: u64, of: u64, limit: f64| part as f64 * 100.0 > limit * of as f64;
        let poor = if fields >= FIELDS_TO_JUDGE
            && above(e.fields_unusable, fields, settings.poor_fields_above_percent)
        {
            let poor = Finding::PoorFields {
                unusable: e.fields_unusable,
                of: fields,
            };
            Some((
                poor,
                "too few fields can be used: see the reasons at the fields, or make another smear",
            ))
        } else if cells >= settings.minimum_cells && above(lost, cells, settings.poor_cells_above_percent) {
            let poor = Finding::PoorCells { lost, of: cells };
            Some((
                poor,
                "too few of the cells found can be told: look at smear, stain and focus, or make another smear",
            ))
        } else {
            None
        };
        match poor {
            None => counted,
            Some((finding, why)) => {
                let all_the_same = match counted.finding {
                    Finding::BlastsLikely => format!("; the counted cells alone say \"{}\"", counted.finding),
                    _ => String::new(),
                };
                Self {
                    finding,
                    why: format!("{why}{all_the_same}"),
                    ..counted
                }
            }
        }
    }

    fn of_counts(
        blasts: u64,
        identified: u64,
        performance: Option<&Performance>,
        settings: &ScreenSettings,
        z: f64,
    ) -> Self {
        let raw = wilson_at(blasts, identified, z);
        let corrected = performance.map(|p| prevalence_at(blasts, identified, p, z));
        let (finding, why) = if identified < settings.minimum_cells {
            let few = Finding::NotEnoughCells {
                identified,
                needed: settings.minimum_cells,
            };
            (few, "more fields are needed".to_owned())
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
            why,
            raw,
            corrected,
        }
    }
}

fn with_unknown_error(raw: Interval, settings: &ScreenSettings) -> (Finding, String) {
    let unknown = "how often the classifier errs is unknown (its package does not say): a person has to look at the \
                   cells";
    match raw.low * 100.0 > settings.blasts_likely_above_percent {
        true => (Finding::BlastsLikely, unknown.to_owned()),
        false => (Finding::Undecided, unknown.to_owned()),
    }
}

fn with_known_error(
    blasts: u64,
    identified: u64,
    performance: &Performance,
    corrected: &Prevalence,
    settings: &ScreenSettings,
    z: f64,
) -> (Finding, String) {
    let limit = settings.blasts_likely_above_percent;
    let false_alarms = (1.0 - performance.specificity.share) * 100.0;
    if corrected.cannot_tell {
        let why = "the classifier is not surely better than chance: its counts say nothing of this slide";
        return (Finding::Undecided, why.to_owned());
    }
    if corrected.interval.low * 100.0 > limit {
        let why = format!("more cells are called blasts than its errors and a share of {limit} % explain");
        return (Finding::BlastsLikely, why);
    }
    if corrected.below_its_error {
        let why = format!(
            "fewer cells are called blasts than the classifier calls wrongly on other slides ({false_alarms:.0} % of \
             normal cells): its known error does not hold here, look at stain and focus"
        );
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
        let upper_percent = upper.max(corrected.interval.high) * 100.0;
        let why =
            "more blasts than the upper bound are unlikely (2.5 %); fewer cannot be ruled out".to_owned();
        return (
            Finding::NoBlastsSeen {
                identified,
                upper_percent,
            },
            why,
        );
    }
    let upper_percent = corrected.interval.high * 100.0;
    if corrected.interval.low <= 0.0 {
        let why = format!(
            "the classifier calls {false_alarms:.1} % of normal cells blasts, which explains all that it called here; up \
             to the upper bound it would not notice blasts"
        );
        return (Finding::WithinError { upper_percent }, why);
    }
    let why =
        format!("blasts are present if the classifier errs as known, but not surely more than {limit} %");
    (Finding::Undecided, why)
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PoorFields { unusable, of } => {
                write!(f, "poor slide ({unusable} of {of} fields cannot be used)")
            }
            Self::PoorCells { lost, of } => write!(f, "poor slide ({lost} of {of} cells cannot be told)"),
            Self::NotEnoughCells { identified, needed } => {
                write!(f, "not enough cells ({identified} of {needed})")
            }
            Self::BlastsLikely => f.write_str("review: blasts likely"),
            Self::NoBlastsSeen {
                identified,
                upper_percent,
            } => {
                write!(
                    f,
                    "no blasts seen in {identified} cells, upper bound {upper_percent:.1} %"
                )
            }
            Self::WithinError { upper_percent } => write!(
                f,
                "review: share of blasts not above the classifier's own error, upper bound {upper_percent:.1} %"
            ),
            Self::Undecided => f.write_str("review: undecided"),
        }
    }
}

#[cfg(test)]
#[path = "finding_tests.rs"]
mod tests;
