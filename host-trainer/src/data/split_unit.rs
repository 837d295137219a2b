use serde::{Deserialize, Serialize};

/// What is kept together when a collection is split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SplitUnit {
    /// Subject groups: what a new patient gets.
    #[default]
    Subject,
    /// Single pictures, at random, whoever they are of: as many papers split, and optimistic.
    Image,
}

impl SplitUnit {
    /// True for the honest unit.
    pub(crate) fn is_subject(&self) -> bool {
        *self == Self::Subject
    }
}
