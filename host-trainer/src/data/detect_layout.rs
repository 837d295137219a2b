use super::all_idb::{has_blasts, picture_folder};
use super::choice::Layout;
use super::file_name::parse_cell_name;
use super::pictures::{folders_in, name_of, pictures_below};
use std::path::Path;

/// The layout that a folder looks like, by its names; `None` for one like no layout.
pub(super) fn detect_layout(root: &Path) -> Option<Layout> {
    if root.join("index.csv").is_file() {
        return Some(Layout::CNmc);
    }
    if let Some(folder) = picture_folder(root) {
        let named = |e: std::fs::DirEntry| {
            let path = e.path();
            has_blasts(&path.file_stem().unwrap_or_default().to_string_lossy()).is_some()
        };
        if std::fs::read_dir(&folder).ok()?.flatten().any(named) {
            let with_centroids = root.join("xyc").is_dir();
            return Some(if with_centroids {
                Layout::AllIdb1
            } else {
                Layout::AllIdb2
            });
        }
    }
    let pictures = pictures_below(root, usize::MAX).ok()?;
    if pictures.iter().any(|p| parse_cell_name(p).is_ok()) {
        return Some(Layout::CNmc);
    }
    let folders = folders_in(root).ok()?;
    let holds = |folder: &&std::path::PathBuf| pictures.iter().any(|p| p.starts_with(folder));
    let mut names: Vec<String> = folders
        .iter()
        .filter(holds)
        .map(|f| name_of(f).to_lowercase())
        .collect();
    names.sort();
    match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["benign", "early", "pre", "pro"] => Some(Layout::All4),
        [_, _, ..] => Some(Layout::Folders),
        _ => None,
    }
}
