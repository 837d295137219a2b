use super::{Listed, parse_cell_name};
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use std::collections::BTreeMap;
use std::path::Path;
use walkdir::WalkDir;

const EXTENSIONS: [&str; 4] = ["bmp", "png", "jpg", "jpeg"];

/// Lists the pictures of a folder tree as C-NMC is handed out: `fold_<n>/{all,hem}/UID_….bmp`.
/// Hidden files and files that are no BMP, PNG or JPEG by name are passed over.
pub(super) fn list_folders(root: &Path, labels: &LabelSet) -> Result<Vec<Listed>, Error> {
    let mut cells = Vec::new();
    let visible = |e: &walkdir::DirEntry| e.depth() == 0 || !e.file_name().to_string_lossy().starts_with('.');
    for entry in WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(visible)
    {
        let entry = entry.map_err(|e| {
            let path = e.path().unwrap_or(root).to_owned();
            Error::io("read", &path, e.into())
        })?;
        let path = entry.path();
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        if entry.file_type().is_file() && EXTENSIONS.contains(&extension.as_str()) {
            cells.push(listed(root, path, labels)?);
        }
    }
    refuse_twins(&cells)?;
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
    let file = path.strip_prefix(root).unwrap_or(path);
    let file = file
        .to_str()
        .ok_or_else(|| refuse("the name is not UTF-8: rename it".into()))?;
    Ok(Listed {
        file: file.replace('\\', "/"),
        label,
        subject: name.subject,
        group: None,
        digest: None,
    })
}

/// One name for two pictures means that one of them is a copy in another format or a mistake.
fn refuse_twins(cells: &[Listed]) -> Result<(), Error> {
    let mut seen: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for cell in cells {
        let (stem, extension) = cell.file.rsplit_once('.').unwrap_or((&cell.file, ""));
        let name = stem.rsplit('/').next().unwrap_or(stem).to_lowercase();
        if let Some((other, kind)) = seen.insert(name, (&cell.file, extension))
            && kind != extension
        {
            return Err(Error::new(
                ErrorKind::Data,
                format!(
                    "{other} and {} bear one name in two formats: keep one of them",
                    cell.file
                ),
            ));
        }
    }
    Ok(())
}
