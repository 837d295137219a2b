//! The data sets by layout: how they are cited, and under which licence what is trained on them stands.

use super::cnmc;
use crate::data::{Collection, Layout};
use blastscope_shared::class::Role;
use blastscope_shared::package::DataSource;
use std::collections::BTreeMap;

/// How the licence begins of data that a package may not carry on.
const CLOSED: &str = "not for redistribution";

/// The data sets that some cells of a collection come from: those that its pack states, or that of its layout.
pub(crate) fn of_cells(collection: &Collection, layout: Layout, cells: &[usize]) -> Vec<DataSource> {
    if collection.sources.is_empty() {
        return vec![source(layout, &collection.name, cells.len() as u64)];
    }
    let used = |name: &str| {
        let own = |c: &&usize| collection.cells[**c].source.as_deref() == Some(name);
        cells.iter().filter(own).count() as u64
    };
    let stated = collection.sources.iter().map(|source| DataSource {
        name: source.title.clone(),
        licence: source.licence.clone(),
        citation: source.citation.clone(),
        cells: used(&source.name),
    });
    stated.filter(|source| source.cells > 0).collect()
}

/// The role of each label by name, where the data state roles.
pub(crate) fn roles_of(collection: &Collection) -> BTreeMap<String, Role> {
    let roles = collection
        .roles
        .iter()
        .flat_map(|roles| roles.all().iter().copied());
    collection.labels.names().iter().cloned().zip(roles).collect()
}

/// The data set of a layout with the number of its pictures that were used; `folder` is the name of the
/// data folder.
pub(crate) fn source(layout: Layout, folder: &str, pictures: u64) -> DataSource {
    let (name, why, citation) = match layout {
        Layout::CNmc => return cnmc::source(pictures),
        Layout::All4 => (
            "four-class ALL set (Benign, Early, Pre, Pro)".to_owned(),
            "its licence is not verified; for one's own use",
            "Ghaderzadeh, M., et al. (2021). A fast and efficient CNN model for B-ALL diagnosis and its subtypes \
             classification using peripheral blood smear images. Taleqani hospital, Tehran.",
        ),
        Layout::AllIdb1 | Layout::AllIdb2 => (
            if layout == Layout::AllIdb1 {
                "ALL-IDB1"
            } else {
                "ALL-IDB2"
            }
            .to_owned(),
            "handed out on signed request, for research; for one's own use",
            "Donida Labati, R., Piuri, V., & Scotti, F. (2011). ALL-IDB: the acute lymphoblastic leukemia image \
             database for image processing. IEEE International Conference on Image Processing.",
        ),
        Layout::Cells => (
            format!("cells of several sources ({folder})"),
            "the licences of the sources stand in the pack; for one's own use",
            "As the pack says.",
        ),
        Layout::Folders => (
            format!("folder {folder}"),
            "its licence is not known here; for one's own use",
            "Not known here.",
        ),
    };
    DataSource {
        name,
        licence: format!("{CLOSED}: {why}"),
        citation: citation.into(),
        cells: pictures,
    }
}

/// Whether what is trained on some data must not be handed on.
pub(crate) fn is_closed(source: &DataSource) -> bool {
    source.licence.starts_with(CLOSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_open_data_are_open() {
        assert!(!is_closed(&source(Layout::CNmc, "x", 1)));
        for layout in [Layout::All4, Layout::AllIdb1, Layout::AllIdb2, Layout::Folders] {
            let source = source(layout, "smears", 7);
            assert!(is_closed(&source) && source.cells == 7, "{source:?}");
        }
        assert!(source(Layout::Folders, "smears", 1).name.contains("smears"));
    }
}
