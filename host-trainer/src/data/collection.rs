use super::cell_source::CellSource;
use super::listed::{Listed, Listing, refuse_unit};
use super::pictures::read_file;
use super::split_unit::SplitUnit;
use super::subject_groups::join_subjects;
use crate::{Error, ErrorKind};
use blastscope_shared::class::{LabelSet, Roles};
use blastscope_shared::package::sha256_hex;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One labelled picture of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Path below the data folder, with `/`.
    pub file: String,
    /// Index of its label.
    pub label: usize,
    /// Labels of which it has one, ascending; empty where `label` is known, else `label` is the first of them.
    pub candidates: Vec<usize>,
    /// Name of the source that it was cut from, one of those of the collection.
    pub source: Option<String>,
    /// Subject that the name or the index gives; where the data name none, the file.
    pub subject: String,
    /// Subjects that share pictures, as one; the unit of a split by subject.
    pub group: String,
    /// Hex sha256 of the original picture.
    pub digest: String,
}

/// A picture left out because another one is the same to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DroppedCopy {
    /// The copy.
    pub file: String,
    /// The picture that stays.
    pub kept: String,
}

/// The labelled pictures of a data folder, without copies, in the order of their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collection {
    /// The data folder, or the pack of it.
    pub root: PathBuf,
    /// Name of the data folder.
    pub name: String,
    /// Labels, in the order of the network's outputs.
    pub labels: LabelSet,
    /// What each label stands for in a count, where the data say so.
    pub roles: Option<Roles>,
    /// The data sets that cells were cut from; none where a folder was read.
    pub sources: Vec<CellSource>,
    /// Whether the data say whom a picture is of; if not, every picture is a group of its own.
    pub has_subjects: bool,
    /// The pictures.
    pub cells: Vec<Cell>,
    /// What was left out.
    pub copies: Vec<DroppedCopy>,
    /// Groups of more than one subject.
    pub joined: Vec<String>,
}

impl Collection {
    /// Reads, of what was listed, the bytes of the files whose sha256 no index gives; decodes nothing.
    pub(crate) fn of(root: &Path, listing: Listing) -> Result<Self, Error> {
        let digests = listing
            .pictures
            .par_iter()
            .map(|cell| match &cell.digest {
                Some(digest) => Ok(digest.clone()),
                None => read_file(root, &cell.file).map(|bytes| sha256_hex(&bytes)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Self::join(root, listing, digests).map(|(collection, _)| collection)
    }

    /// About `count` of the listed pictures, spread as [`Collection::spread`] does and without copies, with the groups that
    /// all of them together make; the second value is the number of all. Decodes nothing.
    pub(crate) fn limited(root: &Path, listing: Listing, count: usize) -> Result<(Listing, usize), Error> {
        let all = Self::of(root, listing.clone())?;
        let total = all.cells.len();
        if count >= total {
            return Ok((listing, total));
        }
        let group = |cell: &Cell| listing.has_subjects.then(|| cell.group.clone());
        let chosen = all.spread(count).into_iter().map(|i| &all.cells[i]);
        let pictures = chosen.map(|cell| Listed {
            file: cell.file.clone(),
            label: cell.label,
            subject: cell.subject.clone(),
            group: group(cell),
            digest: Some(cell.digest.clone()),
        });
        let pictures = pictures.collect();
        Ok((Listing { pictures, ..listing }, total))
    }

    /// Positions of about `count` cells in ascending order, spread over all subject groups (over the labels where there are
    /// no subjects) and at least one of each.
    pub(crate) fn spread(&self, count: usize) -> Vec<usize> {
        let total = self.cells.len();
        let parts: Vec<Vec<usize>> = if self.has_subjects {
            let groups = self.groups().into_keys();
            groups.map(|g| self.cells_of(std::slice::from_ref(&g))).collect()
        } else {
            let of = |label| (0..total).filter(|i| self.cells[*i].label == label).collect();
            (0..self.labels.len()).map(of).collect()
        };
        let mut taken = Vec::new();
        for cells in parts.iter().filter(|p| !p.is_empty()) {
            let share = (cells.len() * count).div_ceil(total).clamp(1, cells.len());
            // Evenly spread, so that no single smear of a subject stands for all.
            taken.extend((0..share).map(|i| cells[i * cells.len() / share]));
        }
        taken.sort_unstable();
        taken
    }

    /// Positions of the cells of one side of a fold, in order: of these subject groups, or these files.
    pub(crate) fn cells_of(&self, units: &[String]) -> Vec<usize> {
        let units: BTreeSet<&str> = units.iter().map(String::as_str).collect();
        let of = |cell: &Cell| units.contains(cell.group.as_str()) || units.contains(cell.file.as_str());
        (0..self.cells.len()).filter(|i| of(&self.cells[*i])).collect()
    }

    /// Joins subjects that share pictures and drops the copies; `digests` go with the listed pictures.
    /// The second value holds the positions in the list that stay.
    pub(super) fn join(
        root: &Path,
        listing: Listing,
        digests: Vec<String>,
    ) -> Result<(Self, Vec<usize>), Error> {
        let groups = if listing.has_subjects {
            join_subjects(&listing.pictures, &digests)
        } else {
            BTreeMap::new()
        };
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        let (mut cells, mut copies, mut kept): (Vec<Cell>, _, _) = (Vec::new(), Vec::new(), Vec::new());
        for (i, (cell, digest)) in listing.pictures.into_iter().zip(digests).enumerate() {
            if let Some(&at) = first.get(&digest) {
                let original: &Cell = &cells[at];
                if original.label != cell.label {
                    return Err(Error::new(
                        ErrorKind::Data,
                        format!(
                            "{} and {} are the same picture with different labels: remove the wrong one",
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
                candidates: Vec::new(),
                source: None,
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
            name: root.file_name().unwrap_or_default().to_string_lossy().into(),
            labels: listing.labels,
            roles: None,
            sources: Vec::new(),
            has_subjects: listing.has_subjects,
            cells,
            copies,
            joined,
        };
        collection.refuse_ambiguous()?;
        Ok((collection, kept))
    }

    /// [`Listing::check_unit`] of what was collected.
    pub(crate) fn check_unit(&self, unit: SplitUnit) -> Result<(), Error> {
        let subjects = self.cells.iter().map(|c| c.subject.as_str());
        refuse_unit(unit, self.has_subjects, subjects)
    }

    /// Cells of each label in each subject group.
    pub(crate) fn groups(&self) -> BTreeMap<String, Vec<usize>> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for cell in &self.cells {
            groups
                .entry(cell.group.clone())
                .or_insert_with(|| vec![0; self.labels.len()])[cell.label] += 1;
        }
        groups
    }

    /// Cells of each label in each unit of a split: in each subject group, or of each picture.
    pub(crate) fn units(&self, unit: SplitUnit) -> BTreeMap<String, Vec<usize>> {
        if unit.is_subject() {
            return self.groups();
        }
        let of = |cell: &Cell| {
            let mut counts = vec![0; self.labels.len()];
            counts[cell.label] = 1;
            (cell.file.clone(), counts)
        };
        self.cells.iter().map(of).collect()
    }

    /// A side of a fold names groups or files; one name for both would take other cells than were meant.
    fn refuse_ambiguous(&self) -> Result<(), Error> {
        let groups: BTreeMap<&str, &str> = self
            .cells
            .iter()
            .map(|c| (c.group.as_str(), c.file.as_str()))
            .collect();
        let clash = |c: &&Cell| groups.contains_key(c.file.as_str()) && c.group != c.file;
        match self.cells.iter().find(clash) {
            None => Ok(()),
            Some(cell) => Err(Error::new(
                ErrorKind::Data,
                format!(
                    "{} is the name of a picture and of a subject group: rename the group",
                    cell.file
                ),
            )),
        }
    }

    /// What was found, joined and left out, a line each.
    pub(crate) fn summary(&self) -> Vec<String> {
        let groups = self.groups();
        let counted = |label: usize| {
            let cells: usize = groups.values().map(|g| g[label]).sum();
            let subjects = groups.values().filter(|g| g[label] > 0).count();
            let name = &self.labels.names()[label];
            match self.has_subjects {
                true => format!("{cells} {name} of {subjects} subject groups"),
                false => format!("{cells} {name}"),
            }
        };
        let found: Vec<String> = (0..self.labels.len()).map(counted).collect();
        let mut lines = vec![format!("{}: {}", self.root.display(), found.join(", "))];
        if !self.has_subjects {
            lines.push("the data name no subjects: every picture counts as its own".into());
        }
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
