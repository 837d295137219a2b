//! A folder a class: the four-class set, and any other. Neither names subjects.

use super::choice::DataChoice;
use super::listed::{Listed, Listing};
use super::pictures::{below, folders_in, name_of, pictures_below, refuse_twins};
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use std::path::Path;

/// Lists the four-class set: folders of the four labels, in whatever letters, and no others.
pub(super) fn list_all4(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    let labels = match &choice.labels {
        Some(labels) => same_names(labels, choice.layout_labels())?,
        None => choice.known_labels(),
    };
    list_labelled(root, labels)
}

/// Lists any folders: their names in small letters are the labels, in their order or that of `choice`.
pub(super) fn list_class_folders(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    list_labelled(root, choice.labels.clone())
}

/// Refuses labels other than those of the layout; their order is free.
pub(super) fn same_names(given: &LabelSet, layout: Option<LabelSet>) -> Result<Option<LabelSet>, Error> {
    let sorted = |l: &LabelSet| {
        let mut names = l.names().to_vec();
        names.sort();
        names
    };
    match layout {
        Some(layout) if sorted(&layout) != sorted(given) => Err(Error::new(
            ErrorKind::Data,
            format!(
                "data.labels = {:?}: this layout has {:?}; give these in the order you want, or leave it out",
                given.names(),
                layout.names()
            ),
        )),
        _ => Ok(Some(given.clone())),
    }
}

fn list_labelled(root: &Path, labels: Option<LabelSet>) -> Result<Listing, Error> {
    let refuse = |why: String| Error::new(ErrorKind::Data, format!("{}: {why}", root.display()));
    let folders = folders_in(root)?;
    let names: Vec<String> = folders.iter().map(|f| name_of(f).to_lowercase()).collect();
    let found = if names.is_empty() {
        "no folders".to_owned()
    } else {
        format!("the folders {}", names.join(", "))
    };
    let labels = match labels {
        Some(labels) => labels,
        None => LabelSet::new(names.clone())
            .map_err(|e| refuse(format!("has {found}, each of which should be a class: {e}")))?,
    };
    let mut pictures = Vec::new();
    for (folder, name) in folders.iter().zip(&names) {
        let label = labels.index_of(name).ok_or_else(|| {
            refuse(format!(
                "has {found}; known classes are {}: remove the others, or rename them",
                labels.names().join(", ")
            ))
        })?;
        for path in pictures_below(folder, usize::MAX)? {
            let file = below(root, &path)?;
            pictures.push(Listed {
                subject: file.clone(),
                file,
                label,
                group: None,
                digest: None,
            });
        }
    }
    if let Some(empty) = (0..labels.len()).find(|l| pictures.iter().all(|p| p.label != *l)) {
        return Err(refuse(format!(
            "has {found} and no BMP, PNG or JPEG in a folder {:?}: each class needs a folder of its name",
            labels.names()[empty]
        )));
    }
    pictures.sort_by(|a, b| a.file.cmp(&b.file));
    refuse_twins(&pictures, str::to_lowercase)?;
    Ok(Listing {
        labels,
        has_subjects: false,
        pictures,
    })
}
