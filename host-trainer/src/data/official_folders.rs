use super::file_name::parse_cell_name;
use super::listed::Listed;
use super::pictures::{below, pictures_below, refuse_twins};
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use std::path::Path;

/// Lists the pictures of a folder tree as C-NMC is handed out: `fold_<n>/{all,hem}/UID_….bmp`.
/// Hidden files and files that are no BMP, PNG or JPEG by name are passed over.
pub(super) fn list_folders(root: &Path, labels: &LabelSet) -> Result<Vec<Listed>, Error> {
    let paths = pictures_below(root, usize::MAX)?;
    let cells = paths.iter().map(|path| listed(root, path, labels));
    let cells = cells.collect::<Result<Vec<_>, _>>()?;
    refuse_twins(&cells, |stem| {
        stem.rsplit('/').next().unwrap_or(stem).to_lowercase()
    })?;
    Ok(cells)
}

fn listed(root: &Path, path: &Path, labels: &LabelSet) -> Result<Listed, Error> {
    let refuse = |why: String| Error::new(ErrorKind::Data, format!("{}: {why}", path.display()));
    let name = parse_cell_name(path)?;
    let label = labels.index_of(&name.label).ok_or_else(|| {
        refuse(format!(
            "label {:?} is not one of {:?}",
            name.label,
            labels.names()
        ))
    })?;
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let folder = folder.to_string_lossy().to_lowercase();
    if labels.index_of(&folder).is_some_and(|l| l != label) {
        return Err(refuse(format!(
            "lies in folder {folder:?} but its name says {:?}: move it or rename it",
            name.label
        )));
    }
    Ok(Listed {
        file: below(root, path)?,
        label,
        subject: name.subject,
        group: None,
        digest: None,
    })
}
