use crate::data::{Collection, Fold, SplitUnit};
use serde::{Deserialize, Serialize};

/// How test cells were kept apart, as far as it bears on the figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Protocol {
    /// What stood on one side only.
    #[serde(default)]
    pub split: SplitUnit,
    /// Subject groups under test, where pictures were split and the data name subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested_subjects: Option<usize>,
    /// Those of them that were learnt from too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_subjects: Option<usize>,
    /// The data name no subjects: intervals are over pictures.
    #[serde(default)]
    pub without_subjects: bool,
}

/// What is said of figures measured on pictures split at random.
pub(crate) const OPTIMISTIC: &str = "images split at random: optimistic";

impl Protocol {
    /// Of one fold of a collection.
    pub(crate) fn of(fold: &Fold, collection: &Collection) -> Self {
        let shared = fold
            .shared_subjects(collection)
            .filter(|_| fold.unit == SplitUnit::Image);
        Self {
            split: fold.unit,
            tested_subjects: shared.map(|s| s.tested),
            shared_subjects: shared.map(|s| s.shared),
            without_subjects: !collection.has_subjects,
        }
    }

    /// Of several folds together.
    pub(crate) fn together(folds: &[Self]) -> Self {
        let sum = |of: &dyn Fn(&Self) -> Option<usize>| folds.iter().map(of).sum::<Option<usize>>();
        let Some(first) = folds.first() else {
            return Self::default();
        };
        Self {
            tested_subjects: sum(&|p| p.tested_subjects),
            shared_subjects: sum(&|p| p.shared_subjects),
            ..*first
        }
    }

    /// True where subjects were kept apart.
    pub(crate) fn is_by_subject(&self) -> bool {
        self.split.is_subject()
    }

    /// True for what was meant before there was a choice.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What intervals are over.
    pub(crate) fn resampled(&self) -> &'static str {
        if self.without_subjects {
            "pictures"
        } else {
            "subjects"
        }
    }

    /// A title, with a warning behind it where one is due.
    pub(crate) fn titled(&self, title: String) -> String {
        if self.is_by_subject() {
            return title;
        }
        format!("{title} ({OPTIMISTIC})")
    }

    /// How the figures were come by, where a reader must be warned.
    pub(crate) fn warning(&self) -> Option<String> {
        if self.is_by_subject() {
            return None;
        }
        let subjects = match (self.shared_subjects, self.tested_subjects) {
            (Some(shared), Some(tested)) => {
                format!("{shared} of {tested} subjects under test were learnt from too")
            }
            _ => "the data name no subjects, so nobody knows how many stand on both sides".into(),
        };
        Some(format!("{OPTIMISTIC}; {subjects}"))
    }
}
