//! What is said of a slide. Never more than a reason to look: a person signs.

use blastscope_shared::metrics::Interval;
use serde::{Deserialize, Serialize};
use std::fmt;

/// When a slide may be spoken of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScreenSettings {
    /// Identified cells below which nothing is said of a slide.
    pub minimum_cells: u64,
    /// Blasts are likely when the lower bound of their share is above this, percent.
    pub blasts_likely_above_percent: f64,
}

impl Default for ScreenSettings {
    fn default() -> Self {
        Self {
            minimum_cells: 100,
            blasts_likely_above_percent: 5.0,
        }
    }
}

/// The finding of an unsigned slide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// Too few identified cells.
    NotEnoughCells {
        /// Cells identified so far.
        identified: u64,
        /// Cells needed.
        needed: u64,
    },
    /// The whole interval of the share of blasts lies above the threshold.
    BlastsLikely,
    /// Not one blast among the identified cells.
    NoBlastsSeen {
        /// Cells identified.
        identified: u64,
        /// Upper bound of the share of blasts, percent.
        upper_percent: f64,
    },
    /// Anything else.
    Undecided,
}

impl Finding {
    /// The finding for `blasts` among `identified` cells; `share` is the interval of their share, 0 to 1.
    pub fn of(blasts: u64, identified: u64, share: Interval, settings: &ScreenSettings) -> Self {
        if identified < settings.minimum_cells {
            return Self::NotEnoughCells {
                identified,
                needed: settings.minimum_cells,
            };
        }
        if share.low * 100.0 > settings.blasts_likely_above_percent {
            return Self::BlastsLikely;
        }
        if blasts == 0 {
            return Self::NoBlastsSeen {
                identified,
                upper_percent: share.high * 100.0,
            };
        }
        Self::Undecided
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
            Self::Undecided => f.write_str("review: undecided"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blastscope_shared::metrics::wilson;

    fn finding(blasts: u64, identified: u64) -> String {
        Finding::of(
            blasts,
            identified,
            wilson(blasts, identified),
            &ScreenSettings::default(),
        )
        .to_string()
    }

    #[test]
    fn a_slide_with_few_cells_is_not_spoken_of() {
        assert_eq!(finding(0, 0), "not enough cells (0 of 100)");
        assert_eq!(finding(99, 99), "not enough cells (99 of 100)");
    }

    #[test]
    fn blasts_are_likely_only_when_the_whole_interval_says_so() {
        // Wilson: 11 of 100 is 6.3 to 18.6 %, 9 of 100 is 4.8 to 16.2 %.
        assert_eq!(finding(11, 100), "review: blasts likely");
        assert_eq!(finding(9, 100), "review: undecided");
        assert_eq!(finding(1, 100_000), "review: undecided");
    }

    #[test]
    fn a_slide_without_blasts_states_what_it_cannot_rule_out() {
        assert_eq!(finding(0, 100), "no blasts seen in 100 cells, upper bound 3.7 %");
        assert_eq!(finding(0, 500), "no blasts seen in 500 cells, upper bound 0.8 %");
    }
}
