use super::all_idb::{list_idb1, list_idb2};
use super::class_folders::{list_all4, list_class_folders};
use super::index_csv::list_index;
use super::official_folders::list_folders;
use super::{DataChoice, Layout, SplitUnit, look_of};
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use std::collections::BTreeSet;
use std::path::Path;

/// A picture as its folder or index names it, before copies are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
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
pub struct Listing {
    /// Labels in the order of the network's outputs.
    pub labels: LabelSet,
    /// Whether names or index say whom a picture is of.
    pub has_subjects: bool,
    /// The pictures, in the order of their paths.
    pub pictures: Vec<Listed>,
}

/// Lists a data folder in the layout of `choice`. Refuses another layout with what it looks like, a folder
/// without pictures, and one with a single class.
pub fn list(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    if !root.is_dir() {
        return Err(Error::new(
            ErrorKind::Data,
            format!("{} is no folder: give the folder of the data set", root.display()),
        ));
    }
    let listing = match choice.layout {
        Layout::CNmc => list_c_nmc(root, choice),
        Layout::All4 => list_all4(root, choice),
        Layout::AllIdb1 => list_idb1(root, choice),
        Layout::AllIdb2 => list_idb2(root, choice),
        Layout::Folders => list_class_folders(root, choice),
    };
    let listing = listing.map_err(|e| match look_of(root) {
        Some(look) if look != choice.layout && e.kind() == ErrorKind::Data => Error::new(
            ErrorKind::Data,
            format!(
                "{e}\n{} looks like data.layout = {:?}; the recipe says {:?}",
                root.display(),
                look.name(),
                choice.layout.name()
            ),
        ),
        _ => e,
    })?;
    let present: BTreeSet<usize> = listing.pictures.iter().map(|p| p.label).collect();
    if let (1, Some(only)) = (present.len(), present.first()) {
        return Err(Error::new(
            ErrorKind::Data,
            format!(
                "{}: all {} pictures are {:?}: add pictures of another class of {}",
                root.display(),
                listing.pictures.len(),
                listing.labels.names()[*only],
                listing.labels.names().join(", ")
            ),
        ));
    }
    Ok(listing)
}

fn list_c_nmc(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    let labels = choice.known_labels().unwrap_or_else(LabelSet::lymphoblast);
    let pictures = if root.join("index.csv").is_file() {
        list_index(root, &labels)?
    } else {
        list_folders(root, &labels)?
    };
    if pictures.is_empty() {
        return Err(Error::new(
            ErrorKind::Data,
            format!(
                "{} holds no pictures: give a folder with index.csv, or with fold_<n>/{{all,hem}}/UID_….bmp \
                 (BMP, PNG or JPEG)",
                root.display()
            ),
        ));
    }
    Ok(Listing {
        labels,
        has_subjects: true,
        pictures,
    })
}

impl Listing {
    /// Refuses to split by subject what names no subjects or a single one. To be asked before anything
    /// is decoded.
    pub fn check_unit(&self, unit: SplitUnit) -> Result<(), Error> {
        refuse_unit(
            unit,
            self.has_subjects,
            self.pictures.iter().map(|p| p.subject.as_str()),
        )
    }
}

/// Refuses a split by subject of data that name none, or one alone.
pub(super) fn refuse_unit<'a>(
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
