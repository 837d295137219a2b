//! ALL-IDB (Labati, Piuri and Scotti 2011): `Im001_1.jpg` in `img` (`im` in some copies), `_1` with blasts,
//! `_0` without; ALL-IDB1 has the centroids of its blasts in `xyc`. Neither names subjects.

use super::centroids::read_centroids;
use super::choice::DataChoice;
use super::class_folders::same_names;
use super::listed::{Listed, Listing};
use super::pictures::{below, extension, name_of, pictures_below, read_file, refuse_twins};
use crate::{Error, ErrorKind};
use blastscope_shared::picture_header::PictureHeader;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The folder of the pictures, under either name.
pub(super) fn picture_folder(root: &Path) -> Option<PathBuf> {
    ["img", "im"]
        .map(|n| root.join(n))
        .into_iter()
        .find(|f| f.is_dir())
}

/// True for the name of a picture with blasts, false for one without; `None` for other names.
pub(super) fn has_blasts(stem: &str) -> Option<bool> {
    let number = stem
        .get(..2)
        .filter(|s| s.eq_ignore_ascii_case("im"))
        .and(stem.get(2..))?;
    let (number, class) = number.split_once('_')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    match (is_number, class) {
        (true, "1") => Some(true),
        (true, "0") => Some(false),
        _ => None,
    }
}

/// Lists ALL-IDB1 and checks its centroids: inside the picture, none without blasts, some with.
pub(super) fn list_idb1(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    let listing = list_idb(root, choice)?;
    if !root.join("xyc").is_dir() {
        return Err(Error::new(
            ErrorKind::Data,
            format!(
                "{} has pictures but no folder xyc: ALL-IDB1 has a file of centroids for each picture; copy it too",
                root.display()
            ),
        ));
    }
    listing
        .pictures
        .par_iter()
        .map(|p| centroids_of(root, &p.file).map(|_| ()))
        .collect::<Result<(), _>>()?;
    Ok(listing)
}

/// Lists ALL-IDB2.
pub(super) fn list_idb2(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    list_idb(root, choice)
}

/// The centroids of the blasts of one picture of ALL-IDB1, in its pixels. Refuses centroids outside, none
/// where the name says that there are blasts, and some where it says that there are none.
pub(super) fn centroids_of(root: &Path, file: &str) -> Result<Vec<(u32, u32)>, Error> {
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    let path = root.join("xyc").join(format!("{stem}.xyc"));
    let refuse = |why: String| Error::new(ErrorKind::Data, format!("{}: {why}", path.display()));
    let blasts = has_blasts(&stem).unwrap_or(false);
    if !path.is_file() {
        return match blasts {
            true => Err(refuse(format!(
                "is not there, but {file} has blasts: copy it too"
            ))),
            false => Ok(Vec::new()),
        };
    }
    let header = PictureHeader::read(&read_file(root, file)?).map_err(|e| {
        let why = format!("{}: {e}", root.join(file).display());
        Error::new(ErrorKind::Picture, why)
    })?;
    let centroids = read_centroids(&path, header.width, header.height)?;
    match (blasts, centroids.len()) {
        (true, 0) => Err(refuse(format!(
            "names no blast, but {file} has some by its name: copy both again"
        ))),
        (false, n) if n > 0 => Err(refuse(format!(
            "names {n} blasts, but {file} has none by its name: copy both again"
        ))),
        _ => Ok(centroids),
    }
}

fn list_idb(root: &Path, choice: &DataChoice) -> Result<Listing, Error> {
    let refuse = |why: String| Error::new(ErrorKind::Data, format!("{}: {why}", root.display()));
    let known = choice.layout_labels();
    let labels = match &choice.labels {
        Some(given) => same_names(given, known)?,
        None => known,
    };
    let folder = picture_folder(root)
        .ok_or_else(|| refuse("has no folder img: give the folder ALL_IDB1 or ALL_IDB2 itself".into()))?;
    let label_of = |blasts: bool| {
        let name = if blasts { "blast" } else { "normal" };
        labels
            .as_ref()
            .and_then(|l| l.index_of(name))
            .unwrap_or(usize::from(!blasts))
    };
    let mut pictures = Vec::new();
    for path in pictures_below(&folder, 1)? {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let blasts = has_blasts(&stem).ok_or_else(|| {
            refuse(format!(
                "{} is not named as in ALL-IDB (Im001_1, Im001_0): rename it or remove it",
                name_of(&path)
            ))
        })?;
        let file = below(root, &path)?;
        pictures.push(Listed {
            subject: file.clone(),
            file,
            label: label_of(blasts),
            group: None,
            digest: None,
        });
    }
    let (Some(labels), false) = (labels.clone(), pictures.is_empty()) else {
        let others = std::fs::read_dir(&folder).map_err(|e| Error::io("read", &folder, e))?;
        let tiffs = others
            .flatten()
            .filter(|e| extension(&e.path()).starts_with("tif"))
            .count();
        return Err(refuse(match tiffs {
            0 => "its folder of pictures holds no BMP, PNG or JPEG".into(),
            n => format!("holds {n} TIFF files: convert them to PNG, as with `mogrify -format png *.tif`"),
        }));
    };
    refuse_twins(&pictures, str::to_lowercase)?;
    Ok(Listing {
        labels,
        has_subjects: false,
        pictures,
    })
}
