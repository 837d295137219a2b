use super::all_idb::{list_idb1, list_idb2};
use super::choice::{DataChoice, Layout};
use super::class_folders::{list_all4, list_class_folders};
use super::detect_layout::detect_layout;
use super::index_csv::list_index;
use super::listed::Listing;
use super::official_folders::list_folders;
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use std::collections::BTreeSet;
use std::path::Path;

/// Lists a data folder in the layout of `choice`. Refuses another layout with what it looks like, a folder
/// without pictures, and one with a single class.
pub(crate) fn list(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    if !root.is_dir() {
        return Err(Error::new(
            ErrorKind::Data,
            format!(
                "{} is not a folder: give the folder of the data set",
                root.display()
            ),
        ));
    }
    let listing = match choice.layout {
        Layout::CNmc => list_c_nmc(root, choice),
        Layout::All4 => list_all4(root, choice),
        Layout::AllIdb1 => list_idb1(root, choice),
        Layout::AllIdb2 => list_idb2(root, choice),
        Layout::Folders => list_class_folders(root, choice),
        Layout::Cells => Err(Error::new(
            ErrorKind::Data,
            format!(
                "{}: data.layout = \"cells\" is that of a pack that `blastscope-train cut` wrote: give the pack",
                root.display()
            ),
        )),
    };
    let listing = listing.map_err(|e| match detect_layout(root) {
        Some(layout) if layout != choice.layout && e.kind() == ErrorKind::Data => Error::new(
            ErrorKind::Data,
            format!(
                "{e}\n{} looks like data.layout = {:?}; the recipe says {:?}",
                root.display(),
                layout.name(),
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
