use super::index_csv::list_index;
use super::official_folders::list_folders;
use super::subject_groups::join_subjects;
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use blastscope_shared::package::sha256_hex;
use blastscope_shared::picture_header::MAX_FILE;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A picture as its folder or index names it, before copies are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Path below the data folder, with `/`.
    pub file: String,
    /// Index of its label.
    pub label: usize,
    /// `A11`, `H3`, ….
    pub subject: String,
    /// Group that the index gives.
    pub group: Option<String>,
    /// Hex sha256 of the original that the index gives.
    pub digest: Option<String>,
}

/// One labelled picture of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Path below the data folder, with `/`.
    pub file: String,
    /// Index of its label.
    pub label: usize,
    /// Subject that the name or the index gives.
    pub subject: String,
    /// Subjects that share pictures, as one; the unit of every split.
    pub group: String,
    /// Hex sha256 of the original picture.
    pub digest: String,
}

/// A picture left out because another one is the same to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedCopy {
    /// The copy.
    pub file: String,
    /// The picture that stays.
    pub kept: String,
}

/// The labelled pictures of a data folder, without copies, in the order of their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The data folder.
    pub root: PathBuf,
    /// Labels, in the order of the network's outputs.
    pub labels: LabelSet,
    /// The pictures.
    pub cells: Vec<Cell>,
    /// What was left out.
    pub copies: Vec<DroppedCopy>,
    /// Groups of more than one subject.
    pub joined: Vec<String>,
}

/// Lists a data folder in either layout: by its `index.csv` if it has one, else by folders and names.
pub fn list(root: &Path, labels: &LabelSet) -> Result<Vec<Listed>, Error> {
    if !root.is_dir() {
        return Err(Error::new(
            ErrorKind::Data,
            format!("{} is no folder: give the folder of the data set", root.display()),
        ));
    }
    let cells = if root.join("index.csv").is_file() {
        list_index(root, labels)?
    } else {
        list_folders(root, labels)?
    };
    if cells.is_empty() {
        return Err(Error::new(
            ErrorKind::Data,
            format!(
                "{} holds no pictures: give a folder with index.csv, or with fold_<n>/{{all,hem}}/UID_….bmp \
                 (BMP, PNG or JPEG)",
                root.display()
            ),
        ));
    }
    Ok(cells)
}

impl Collection {
    /// Reads names and, where the index gives no sha256, the bytes of the files; decodes nothing.
    pub fn read(root: &Path, labels: &LabelSet) -> Result<Self, Error> {
        let listed = list(root, labels)?;
        let digests = listed
            .par_iter()
            .map(|cell| match &cell.digest {
                Some(digest) => Ok(digest.clone()),
                None => read_file(root, &cell.file).map(|bytes| sha256_hex(&bytes)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Self::join(root, labels, listed, digests).map(|(collection, _)| collection)
    }

    /// Joins subjects that share pictures and drops the copies; `digests` go with `listed`. The second
    /// value holds the positions in `listed` that stay.
    pub(super) fn join(
        root: &Path,
        labels: &LabelSet,
        listed: Vec<Listed>,
        digests: Vec<String>,
    ) -> Result<(Self, Vec<usize>), Error> {
        let groups = join_subjects(&listed, &digests);
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        let (mut cells, mut copies, mut kept): (Vec<Cell>, _, _) = (Vec::new(), Vec::new(), Vec::new());
        for (i, (cell, digest)) in listed.into_iter().zip(digests).enumerate() {
            if let Some(&at) = first.get(&digest) {
                let original: &Cell = &cells[at];
                if original.label != cell.label {
                    return Err(Error::new(
                        ErrorKind::Data,
                        format!(
                            "{} and {} are the same picture with different labels: take the wrong one away",
                            original.file, cell.file
                        ),
                    ));
                }
                copies.push(DroppedCopy {
                    file: cell.file,
                    kept: original.file.clone(),
                });
                continue;
            }
            first.insert(digest.clone(), cells.len());
            kept.push(i);
            cells.push(Cell {
                group: groups
                    .get(&cell.subject)
                    .cloned()
                    .unwrap_or_else(|| cell.subject.clone()),
                file: cell.file,
                label: cell.label,
                subject: cell.subject,
                digest,
            });
        }
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (subject, group) in groups {
            members.entry(group).or_default().push(subject);
        }
        let joined = members
            .into_iter()
            .filter(|(_, s)| s.len() > 1)
            .map(|(group, _)| group)
            .collect();
        let collection = Self {
            root: root.to_owned(),
            labels: labels.clone(),
            cells,
            copies,
            joined,
        };
        Ok((collection, kept))
    }

    /// Cells of each label in each subject group.
    pub fn groups(&self) -> BTreeMap<String, Vec<usize>> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for cell in &self.cells {
            groups
                .entry(cell.group.clone())
                .or_insert_with(|| vec![0; self.labels.len()])[cell.label] += 1;
        }
        groups
    }

    /// What was found, joined and left out, a line each.
    pub fn summary(&self) -> Vec<String> {
        let groups = self.groups();
        let counted = |label: usize| {
            let cells: usize = groups.values().map(|g| g[label]).sum();
            let subjects = groups.values().filter(|g| g[label] > 0).count();
            format!(
                "{cells} {} of {subjects} subject groups",
                self.labels.names()[label]
            )
        };
        let found: Vec<String> = (0..self.labels.len()).map(counted).collect();
        let mut lines = vec![format!("{}: {}", self.root.display(), found.join(", "))];
        if !self.joined.is_empty() {
            lines.push(format!(
                "subjects that share pictures were joined: {}",
                self.joined.join(", ")
            ));
        }
        if !self.copies.is_empty() {
            lines.push(format!("{} copies were left out:", self.copies.len()));
            const SHOWN: usize = 10;
            let copies = self.copies.iter().take(SHOWN);
            lines.extend(copies.map(|c| format!("  {} is {}", c.file, c.kept)));
            if self.copies.len() > SHOWN {
                lines.push(format!("  and {} more", self.copies.len() - SHOWN));
            }
        }
        lines
    }
}

/// The bytes of a picture; of a file that is too large to be one, only as many as its refusal takes.
pub(super) fn read_file(root: &Path, file: &str) -> Result<Vec<u8>, Error> {
    let path = root.join(file);
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|f| f.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|e| Error::io("read", &path, e))?;
    Ok(bytes)
}
