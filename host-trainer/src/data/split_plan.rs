use super::split_unit::SplitUnit;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// How to split a collection for cross-validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitPlan {
    /// Number of folds, at least 2.
    pub folds: usize,
    /// Seed of all ties and draws.
    pub seed: u64,
    /// Share of the cells that are not tested, of each label, that goes to validation: in (0, 0.5].
    pub validation_share: f64,
    /// What stands on one side only.
    #[serde(default, skip_serializing_if = "SplitUnit::is_subject")]
    pub unit: SplitUnit,
    /// Share of the cells, of each label, that is held out first and tested by every fold; what a fold
    /// of the rest leaves out then validates it, and `validation_share` is not used. 0: none, each
    /// fold tests what it leaves out. In [0, 0.5].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub holdout: f64,
}

/// For serde: what is not written.
pub(super) fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

impl SplitPlan {
    /// Refuses numbers outside the ranges above.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(0.0..=0.5).contains(&self.holdout) {
            return Err(Error::new(
                ErrorKind::Recipe,
                format!(
                    "split.holdout = {}: a share of 0 to 0.5 is possible",
                    self.holdout
                ),
            ));
        }
        if self.folds >= 2 && self.validation_share > 0.0 && self.validation_share <= 0.5 {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Recipe,
            format!(
                "split of {} folds with a validation share of {}: 2 or more folds and a share above 0, up to 0.5, are possible",
                self.folds, self.validation_share
            ),
        ))
    }
}
