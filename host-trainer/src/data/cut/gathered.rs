//! What was cut so far, and the groups and copies that come of it.

use super::cut_picture::CutPicture;
use super::difference_hash::clusters;
use super::listed_pictures::Picture;
use super::sources::{Source, SourceList};
use super::tally::Tally;
use crate::data::cell_source::CellSource;
use crate::data::listed::Listed;
use crate::data::pack::{Copy, PackedCell, Stop};
use crate::data::read_cells::LeftOut;
use crate::data::subject_groups::join_subjects;
use crate::{Error, ErrorKind};
use blastscope_shared::preprocess::CellCrop;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// All that was cut so far but the pixels.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Every picture that was read, copies included, for the groups.
    pub pictures: Vec<Listed>,
    /// Digest of each of `pictures`.
    digests: Vec<String>,
    /// Cells, their group being their subject until the end.
    pub cells: Vec<PackedCell>,
    copies: Vec<Copy>,
    pub left_out: Vec<LeftOut>,
    tally: Tally,
    /// The picture and its labels that a digest was first seen with.
    first: HashMap<String, (String, Option<Vec<usize>>)>,
    /// Scale of the crops.
    nanometres_per_pixel: u32,
    /// Pictures of the source at hand: their hash and their place in `pictures`.
    looks: Vec<(u64, usize)>,
}

/// What an index holds of it.
#[derive(Debug)]
pub(super) struct Parts {
    pub cells: Vec<PackedCell>,
    pub copies: Vec<Copy>,
    pub joined: Vec<String>,
    pub left_out: Vec<LeftOut>,
    pub sources: Vec<CellSource>,
}

impl Gathered {
    /// Nothing yet, of crops at this scale.
    pub(super) fn new(nanometres_per_pixel: u32) -> Self {
        Self {
            nanometres_per_pixel,
            ..Self::default()
        }
    }

    /// The next source, and what was passed over when it was listed.
    pub(super) fn begin(&mut self, source: &Source, passed_over: BTreeMap<String, usize>) {
        self.looks.clear();
        for (why, count) in passed_over {
            self.tally.pass_over(&source.name, &why, count);
        }
    }

    /// Takes the cells of a picture, unless the same picture was taken before; `write` puts a crop into the pack and
    /// gives its place and length.
    pub(super) fn take(
        &mut self,
        source: &Source,
        picture: &Picture,
        digest: &str,
        cut: CutPicture,
        mut write: impl FnMut(&CellCrop) -> Result<(u64, u64), Stop>,
    ) -> Result<(), Stop> {
        if let Some(hash) = cut.look {
            self.looks.push((hash, self.pictures.len()));
        }
        self.pictures.push(Listed {
            file: picture.file.clone(),
            label: 0,
            subject: picture.subject.clone(),
            group: None,
            digest: None,
        });
        self.digests.push(digest.to_owned());
        if let Some((kept, labels)) = self.first.get(digest) {
            if *labels != picture.labels && labels.is_some() && picture.labels.is_some() {
                let message = format!(
                    "{kept} and {} are the same picture with different labels: remove the wrong one",
                    picture.file
                );
                return Err(Error::new(ErrorKind::Data, message).into());
            }
            self.tally.pass_over(&source.name, "copies", 1);
            self.copies.push(Copy {
                file: picture.file.clone(),
                kept: kept.clone(),
            });
            return Ok(());
        }
        self.first
            .insert(digest.to_owned(), (picture.file.clone(), picture.labels.clone()));
        for (why, count) in cut.passed_over {
            self.tally.pass_over(&source.name, why, count);
        }
        for (number, cell) in (1..).zip(cut.cells) {
            let (offset, length) = write(&cell.crop)?;
            let of_field = picture.labels.is_none() || source.kind == super::sources::Kind::Fields;
            let (file, digest) = match of_field {
                true => (format!("{}#{number}", picture.file), format!("{digest}#{number}")),
                false => (picture.file.clone(), digest.to_owned()),
            };
            self.tally.add(&source.name, &cell);
            self.cells.push(PackedCell {
                file,
                label: cell.labels.first().copied().unwrap_or_default(),
                candidates: if cell.labels.len() > 1 {
                    cell.labels
                } else {
                    Vec::new()
                },
                subject: picture.subject.clone(),
                group: String::new(),
                digest,
                area: at_scale(cell.area, cell.nanometres, self.nanometres_per_pixel),
                source: Some(source.name.clone()),
                nanometres_per_pixel: Some(cell.nanometres),
                offset,
                length,
            });
        }
        Ok(())
    }

    /// Joins the pictures of the source at hand that look alike.
    pub(super) fn end(&mut self, source: &Source) {
        let Some(bits) = source.join_alike else {
            return;
        };
        let hashes: Vec<u64> = self.looks.iter().map(|(hash, _)| *hash).collect();
        let of = clusters(&hashes, bits);
        let mut joined = 0;
        for (i, &first) in of.iter().enumerate() {
            let lone = of.iter().filter(|f| **f == first).count() == 1;
            if !lone {
                let name = format!("{}+alike", self.pictures[self.looks[first].1].subject);
                self.pictures[self.looks[i].1].group = Some(name);
                joined += 1;
            }
        }
        self.tally.pass_over(
            &source.name,
            "pictures joined to others that look alike (kept)",
            joined,
        );
    }

    /// Groups, sources and the tally.
    pub(super) fn finish(self, list: &SourceList) -> Result<(Tally, Parts), Error> {
        let groups = join_subjects(&self.pictures, &self.digests);
        let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (subject, group) in &groups {
            members.entry(group).or_default().insert(subject);
        }
        let joined = members.iter().filter(|(_, s)| s.len() > 1);
        let joined = joined.map(|(group, _)| (*group).to_owned()).collect();
        let cells: Vec<PackedCell> = self
            .cells
            .into_iter()
            .map(|mut cell| {
                cell.group = groups.get(&cell.subject).unwrap_or(&cell.subject).clone();
                cell
            })
            .collect();
        let count = |name: &str| cells.iter().filter(|c| c.source.as_deref() == Some(name)).count();
        let sources = list.sources.iter().map(|s| CellSource {
            name: s.name.clone(),
            title: s.title.clone(),
            licence: s.licence.clone(),
            citation: s.citation.clone(),
            cells: count(&s.name) as u64,
        });
        let parts = Parts {
            sources: sources.collect(),
            cells,
            copies: self.copies,
            joined,
            left_out: self.left_out,
        };
        Ok((self.tally, parts))
    }
}

/// An area in pixels of `from` nanometres, in pixels of `to` nanometres: areas of one scale can be compared.
fn at_scale(area: u64, from: u32, to: u32) -> u64 {
    let square = |nm: u32| u64::from(nm).pow(2);
    let to = square(to).max(1);
    ((area * square(from) + to / 2) / to).max(1)
}
