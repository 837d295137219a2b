//! What is said of a slide, as codes with parameters. The page makes sentences of them.

use crate::domain;
use serde::Serialize;
use utoipa::ToSchema;

/// What is said of a slide. Never more than a reason to look: a person signs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub(in crate::web) enum Finding {
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
    BlastsLikely {
        /// Lower bound of the share of blasts, percent.
        lower_percent: f64,
    },
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
    /// The classifier has no say on this slide: no share is given.
    NotValid {
        /// What is wrong.
        reason: NotValidReason,
    },
    /// Anything else.
    Undecided,
}

/// Why a classifier has no say on a slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum NotValidReason {
    /// Its cells are unlike those that trained the classifier.
    UnlikeTraining,
}

/// Why it is that finding.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub(in crate::web) enum Explanation {
    /// Too few fields can be used.
    TooFewUsableFields {
        /// What the counted cells say by themselves, where that matters all the same.
        #[schema(required)]
        counted_cells: Option<Finding>,
    },
    /// Too few of the cells found could be classified.
    TooFewClassifiedCells {
        /// What the counted cells say by themselves, where that matters all the same.
        #[schema(required)]
        counted_cells: Option<Finding>,
    },
    /// The cells are not such as trained the classifier.
    UnlikeTraining {
        /// Cells unlike all that trained it.
        unlike: u64,
        /// Cells that are close to that, and those.
        far: u64,
        /// All classified cells.
        of: u64,
    },
    /// More fields are needed.
    MoreFieldsNeeded,
    /// How often the classifier errs is unknown: its package does not say.
    ErrorUnknown,
    /// The classifier is not surely better than chance.
    NotBetterThanChance,
    /// More cells are called blasts than the errors of the classifier and the threshold explain.
    AboveLimit {
        /// Threshold of the share of blasts, percent.
        limit_percent: f64,
    },
    /// Fewer cells are called blasts than the classifier calls wrongly on other slides.
    BelowKnownError {
        /// Normal cells that the classifier calls blasts, percent.
        false_alarm_percent: f64,
    },
    /// More blasts than the upper bound are unlikely (2.5 %); fewer cannot be ruled out.
    UpperBound,
    /// The errors of the classifier explain all that it called blasts.
    ExplainedByError {
        /// Normal cells that the classifier calls blasts, percent.
        false_alarm_percent: f64,
    },
    /// Blasts are present if the classifier errs as known, but not surely more than the threshold.
    NotSurelyAboveLimit {
        /// Threshold of the share of blasts, percent.
        limit_percent: f64,
    },
}

impl From<domain::Finding> for Finding {
    fn from(finding: domain::Finding) -> Self {
        use domain::Finding as Said;
        match finding {
            Said::PoorFields { unusable, of } => Self::PoorFields { unusable, of },
            Said::PoorCells { lost, of } => Self::PoorCells { lost, of },
            Said::NotEnoughCells { identified, needed } => Self::NotEnoughCells { identified, needed },
            Said::BlastsLikely { lower_percent } => Self::BlastsLikely { lower_percent },
            Said::NoBlastsSeen {
                identified,
                upper_percent,
            } => Self::NoBlastsSeen {
                identified,
                upper_percent,
            },
            Said::WithinError { upper_percent } => Self::WithinError { upper_percent },
            Said::NotValid { reason } => Self::NotValid {
                reason: reason.into(),
            },
            Said::Undecided => Self::Undecided,
        }
    }
}

impl From<domain::NotValidReason> for NotValidReason {
    fn from(reason: domain::NotValidReason) -> Self {
        match reason {
            domain::NotValidReason::UnlikeTraining => Self::UnlikeTraining,
        }
    }
}

impl From<domain::Explanation> for Explanation {
    fn from(explanation: domain::Explanation) -> Self {
        use domain::Explanation as Said;
        match explanation {
            Said::TooFewUsableFields { counted_cells } => Self::TooFewUsableFields {
                counted_cells: counted_cells.map(Finding::from),
            },
            Said::TooFewClassifiedCells { counted_cells } => Self::TooFewClassifiedCells {
                counted_cells: counted_cells.map(Finding::from),
            },
            Said::UnlikeTraining { unlike, far, of } => Self::UnlikeTraining { unlike, far, of },
            Said::MoreFieldsNeeded => Self::MoreFieldsNeeded,
            Said::ErrorUnknown => Self::ErrorUnknown,
            Said::NotBetterThanChance => Self::NotBetterThanChance,
            Said::AboveLimit { limit_percent } => Self::AboveLimit { limit_percent },
            Said::BelowKnownError { false_alarm_percent } => Self::BelowKnownError { false_alarm_percent },
            Said::UpperBound => Self::UpperBound,
            Said::ExplainedByError { false_alarm_percent } => Self::ExplainedByError { false_alarm_percent },
            Said::NotSurelyAboveLimit { limit_percent } => Self::NotSurelyAboveLimit { limit_percent },
        }
    }
}
