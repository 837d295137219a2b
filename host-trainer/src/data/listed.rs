use super::split_unit::SplitUnit;
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use std::collections::BTreeSet;

/// A picture as its folder or index names it, before copies are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Path below the data folder, with `/`.
    pub file: String,
    /// Index of its label.
    pub label: usize,
    /// `A11`, `H3`, …; where the data name no subjects, the file.
    pub subject: String,
    /// Group that the index gives.
    pub group: Option<String>,
    /// Hex sha256 of the original that the index gives.
    pub digest: Option<String>,
}

/// The pictures of a data folder by name; nothing of them was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Labels in the order of the network's outputs.
    pub labels: LabelSet,
    /// Whether names or index say whom a picture is of.
    pub has_subjects: bool,
    /// The pictures, in the order of their paths.
    pub pictures: Vec<Listed>,
}

impl Listing {
    /// Refuses to split by subject what names no subjects or a single one. To be asked before anything
    /// is decoded.
    pub(crate) fn check_unit(&self, unit: SplitUnit) -> Result<(), Error> {
        refuse_unit(
            unit,
            self.has_subjects,
            self.pictures.iter().map(|p| p.subject.as_str()),
        )
    }
}

/// Refuses a split by subject of data that name none, or one alone.
pub(crate) fn refuse_unit<'a>(
    unit: SplitUnit,
    has_subjects: bool,
    subjects: impl Iterator<Item = &'a str>,
) -> Result<(), Error> {
    if !unit.is_subject() {
        return Ok(());
    }
    let refuse = |why: &str| Err(Error::new(ErrorKind::Data, why));
    if !has_subjects {
        return refuse(
            "this layout names no subjects, so a split by subject is not possible: set split.unit = \"image\" \
             in the recipe; its figures are then optimistic, and say so",
        );
    }
    let subjects: BTreeSet<&str> = subjects.collect();
    if let (1, Some(only)) = (subjects.len(), subjects.first()) {
        return refuse(&format!(
            "all pictures are of the subject {only}: no other is left to measure on; add subjects, or set \
             split.unit = \"image\" in the recipe"
        ));
    }
    Ok(())
}
