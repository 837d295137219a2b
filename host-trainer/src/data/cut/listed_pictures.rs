//! The pictures of one source with what its index or folders say of them.

use super::label_rule::{Candidates, LabelRule};
use super::sources::{GroupRule, Kind, PixelSizes, SkipWhen, Source};
use crate::data::pictures::{below, name_of, pictures_below, read_file};
use crate::{Error, ErrorKind};
use blastscope_shared::picture_header::PictureHeader;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

/// One picture of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// Path below the data root.
    pub file: String,
    /// Its label; `None` where boxes label its cells.
    pub labels: Option<Candidates>,
    /// `source:subject`.
    pub subject: String,
    /// Hex sha256 of the original that the index gives.
    pub digest: Option<String>,
}

/// Pictures of a source, and how many were passed over for what reason.
#[derive(Debug, Default)]
pub(super) struct ListedPictures {
    pub pictures: Vec<Picture>,
    pub passed_over: BTreeMap<String, usize>,
}

/// What an index or a folder says of a picture.
struct Line {
    file: String,
    value: Option<String>,
    group: Option<String>,
    skipped: bool,
    digest: Option<String>,
}

impl ListedPictures {
    /// Lists a source in the order of its paths. Refuses a missing folder or column, a source without pictures, and
    /// sizes without a scale.
    pub(super) fn of(
        root: &Path,
        source: &Source,
        rule: &LabelRule,
        limit: Option<usize>,
    ) -> Result<Self, Error> {
        let folder = root.join(&source.folder);
        let refuse = |why: String| Error::new(ErrorKind::Data, format!("source {:?}: {why}", source.name));
        if !folder.is_dir() {
            return Err(refuse(format!(
                "{} is not a folder: check --data and its `folder`",
                folder.display()
            )));
        }
        let lines = match &source.index {
            Some(index) => of_index(&folder, index, source)?,
            None => of_folder(&folder)?,
        };
        let mut listed = Self::default();
        for line in lines {
            let labels = match &source.boxes {
                Some(_) => None,
                None => match line.value.as_ref().and_then(|v| rule.of_value.get(v)) {
                    Some(labels) => Some(labels.clone()),
                    None => {
                        let value = line.value.unwrap_or_default();
                        listed.pass_over(format!("label {value:?} is not named"));
                        continue;
                    }
                },
            };
            if line.skipped {
                listed.pass_over("skipped by the index".into());
                continue;
            }
            let file = format!("{}/{}", source.folder, line.file);
            let subject = match source.group {
                Some(GroupRule::Column) => line.group.unwrap_or_default(),
                Some(GroupRule::Source) => "all".into(),
                _ => line.file,
            };
            listed.pictures.push(Picture {
                subject: format!("{}:{subject}", source.name),
                file,
                labels,
                digest: line.digest,
            });
        }
        listed.pictures.sort_by(|a, b| a.file.cmp(&b.file));
        listed
            .keep_sizes(root, source)
            .map_err(|e| refuse(e.to_string()))?;
        if let Some(limit) = limit.or(source.limit) {
            listed.keep_spread(limit);
        }
        if listed.pictures.is_empty() {
            let why = format!(
                "no picture is left of {}: {:?}; check labels, skip and size_filter",
                folder.display(),
                listed.passed_over
            );
            return Err(refuse(why));
        }
        Ok(listed)
    }

    fn pass_over(&mut self, why: String) {
        *self.passed_over.entry(why).or_insert(0) += 1;
    }

    /// Leaves the sizes of `size_filter`; one stated scale for pictures of several sizes is refused where each shows
    /// one cell, since it can hold for one of them alone.
    fn keep_sizes(&mut self, root: &Path, source: &Source) -> Result<(), Error> {
        let by_size = matches!(source.nanometres_per_pixel, Some(PixelSizes::BySize(_)));
        if source.size_filter.is_none() && !by_size && source.kind != Kind::Centre {
            return Ok(());
        }
        let sizes: Vec<Option<(u32, u32)>> = self
            .pictures
            .par_iter()
            .map(|p| {
                let bytes = read_file(root, &p.file)?;
                // What is damaged is refused where it is decoded.
                Ok(PictureHeader::read(&bytes).ok().map(|h| (h.width, h.height)))
            })
            .collect::<Result<_, Error>>()?;
        let wanted = |(w, h): (u32, u32)| match &source.size_filter {
            Some(filter) => filter.contains(&[w, h]),
            None => true,
        };
        let mut kept = Vec::with_capacity(self.pictures.len());
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        for (picture, size) in std::mem::take(&mut self.pictures).into_iter().zip(sizes) {
            match size {
                Some(size) if !wanted(size) => self.pass_over(format!("size {}x{}", size.0, size.1)),
                size => {
                    seen.extend(size);
                    kept.push(picture);
                }
            }
        }
        self.pictures = kept;
        let refuse = |why: String| Err(Error::new(ErrorKind::Data, why));
        let written: Vec<String> = seen.iter().map(|(w, h)| format!("{w}x{h}")).collect();
        let unstated = seen.iter().find(|(w, h)| source.stated(*w, *h).is_none());
        if let (Some((w, h)), true) = (unstated, by_size && source.pixel_size.is_none()) {
            return refuse(format!(
                "no nanometres_per_pixel for pictures of {w}x{h}: add \"{w}x{h}\" to it, or name the other sizes \
                 in size_filter"
            ));
        }
        if seen.len() > 1 && !by_size && source.kind == Kind::Centre {
            return refuse(format!(
                "pictures of several sizes ({}) and one nanometres_per_pixel: state one a size, as {{ \"{}\" = 90 }}, or \
                 take one size with size_filter",
                written.join(", "),
                written[0]
            ));
        }
        Ok(())
    }

    fn keep_spread(&mut self, limit: usize) {
        let total = self.pictures.len();
        if limit < total {
            let taken = (0..limit).map(|i| self.pictures[i * total / limit].clone());
            self.pictures = taken.collect();
            *self.passed_over.entry("beyond the limit".into()).or_insert(0) += total - limit;
        }
    }
}

fn of_folder(folder: &Path) -> Result<Vec<Line>, Error> {
    let line = |path: std::path::PathBuf| {
        Ok(Line {
            file: below(folder, &path)?,
            value: path.parent().map(name_of),
            group: None,
            skipped: false,
            digest: None,
        })
    };
    pictures_below(folder, usize::MAX)?
        .into_iter()
        .map(line)
        .collect()
}

fn of_index(folder: &Path, index: &str, source: &Source) -> Result<Vec<Line>, Error> {
    let path = folder.join(index);
    let refuse = |line: u64, why: String| {
        Error::new(ErrorKind::Data, format!("{} line {line}: {why}", path.display()))
    };
    let failed =
        |e: csv::Error| refuse(e.position().map_or(1, csv::Position::line), e.to_string()).caused_by(e);
    let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
    let headers = reader.headers().map_err(failed)?.clone();
    let column = |name: &str| {
        headers.iter().position(|h| h == name).ok_or_else(|| {
            let known: Vec<&str> = headers.iter().collect();
            refuse(1, format!("no column {name:?}; there are {}", known.join(", ")))
        })
    };
    let file_at = column("file")?;
    let label_at = match source.boxes {
        Some(_) => None,
        None => Some(column(&source.label_column)?),
    };
    let group_at = match (source.group, &source.group_column) {
        (Some(GroupRule::Column), Some(name)) => Some(column(name)?),
        _ => None,
    };
    let skip = match &source.skip {
        Some(skip) => Some((column(&skip.column)?, skip.when)),
        None => None,
    };
    let digest_at = column("sha256_of_original").ok();
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let number = record.position().map_or(0, csv::Position::line);
        let value = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let file = value(file_at);
        let inside = Path::new(&file)
            .components()
            .all(|c| matches!(c, Component::Normal(_)));
        if file.is_empty() || !inside {
            let why = format!("file {file:?}: give a path below the folder of the index");
            return Err(refuse(number, why));
        }
        if !seen.insert(file.clone()) {
            return Err(refuse(number, format!("{file} stands twice: remove one line")));
        }
        let group = group_at.map(value);
        if group.as_ref().is_some_and(String::is_empty) {
            return Err(refuse(number, format!("{file} has no {:?}", source.group_column)));
        }
        lines.push(Line {
            value: label_at.map(value),
            group,
            skipped: skip.is_some_and(|(at, when)| value(at).is_empty() == (when == SkipWhen::Empty)),
            digest: digest_at
                .map(value)
                .filter(|d| !d.is_empty())
                .map(|d| d.to_lowercase()),
            file,
        });
    }
    Ok(lines)
}
