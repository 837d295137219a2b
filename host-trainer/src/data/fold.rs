use super::collection::Collection;
use super::split_unit::SplitUnit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Subject groups of one fold, or its pictures; each stands on one side only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fold {
    /// Touched once, by `evaluate`.
    pub test: Vec<String>,
    /// For early stopping and calibration.
    pub validation: Vec<String>,
    /// For training.
    pub train: Vec<String>,
    /// What the sides name: subject groups, or files.
    #[serde(default, skip_serializing_if = "SplitUnit::is_subject")]
    pub unit: SplitUnit,
}

/// Subject groups that a fold tests, and those of them that it also learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SharedSubjects {
    /// Groups with cells under test.
    pub tested: usize,
    /// Of these, groups with cells under train or validation.
    pub shared: usize,
}

impl Fold {
    /// Everything trains: for a release.
    pub(crate) fn everything(collection: &Collection) -> Self {
        let unit = if collection.has_subjects {
            SplitUnit::Subject
        } else {
            SplitUnit::Image
        };
        Self {
            train: collection.units(unit).into_keys().collect(),
            unit,
            ..Self::default()
        }
    }

    /// How many subjects are tested and also learnt from: none in a split by subject, `None` where the data
    /// name no subjects.
    pub(crate) fn shared_subjects(&self, collection: &Collection) -> Option<SharedSubjects> {
        if !collection.has_subjects {
            return None;
        }
        let groups_of = |sides: &[&[String]]| -> BTreeSet<&str> {
            let named: BTreeSet<&str> = sides.iter().copied().flatten().map(String::as_str).collect();
            let cells = collection.cells.iter();
            let on_side = cells.filter(|c| match self.unit {
                SplitUnit::Subject => named.contains(c.group.as_str()),
                SplitUnit::Image => named.contains(c.file.as_str()),
            });
            on_side.map(|c| c.group.as_str()).collect()
        };
        let tested = groups_of(&[&self.test]);
        let learnt = groups_of(&[&self.train, &self.validation]);
        Some(SharedSubjects {
            tested: tested.len(),
            shared: tested.intersection(&learnt).count(),
        })
    }

    /// The three sides, each with its name.
    pub(crate) fn sides(&self) -> [(&'static str, &[String]); 3] {
        [
            ("test", &self.test),
            ("validation", &self.validation),
            ("train", &self.train),
        ]
    }
}
