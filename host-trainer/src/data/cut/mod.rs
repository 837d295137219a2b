//! Cells of several sources, cut by the code of the device into one pack. Described in `docs/reference/cut.md`.

mod boxes;
mod cut_picture;
mod difference_hash;
mod gathered;
mod label_rule;
mod lift;
mod listed_pictures;
mod sources;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use sources::SourceList;
pub(crate) use tally::Tally;

use super::choice::Layout;
use super::pack::{Coding, Index, PackWriter, Stop, write_whole};
use super::pictures::read_file;
use super::read_cells::{LeftOut, Unreadable, refusal};
use crate::progress_bar::ProgressBar;
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::InputSpec;
use cut_picture::{CutPicture, Cutter};
use gathered::Gathered;
use listed_pictures::ListedPictures;
use rayon::prelude::*;
use std::path::Path;

/// Pictures that are cut at once.
const CHUNK: usize = 128;

/// What to cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutRequest<'a> {
    /// Labels and sources.
    pub list: &'a SourceList,
    /// Folder that the folders of the sources lie in.
    pub root: &'a Path,
    /// What each cell becomes.
    pub input: &'a InputSpec,
    /// How its pixels are written.
    pub coding: Coding,
    /// What to do with pictures that cannot be read.
    pub unreadable: Unreadable,
    /// At most so many pictures of each source, in place of the limits of the list.
    pub limit: Option<usize>,
}

/// What was cut.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cut {
    /// Number of cells.
    pub cells: usize,
    /// Bytes of the pack.
    pub bytes: u64,
    /// Cells and sizes by source and label, and what was passed over.
    pub tally: Tally,
    /// What else the reader of a log should know.
    pub notes: Vec<String>,
}

/// Cuts every picture of the sources and writes the pack, whole or not at all. Sources are cut in their order; of
/// pictures that are the same to the byte the first stays and their groups are joined.
pub(crate) fn cut(path: &Path, request: CutRequest<'_>) -> Result<Cut, Error> {
    request.input.check()?;
    // Folders and columns of all sources are looked at before an hour goes into the first of them.
    let mut listed = Vec::new();
    for source in &request.list.sources {
        let refuse = |why| Error::new(ErrorKind::Data, format!("source {:?}: {why}", source.name));
        let rule = source.rule(&request.list.labels).map_err(refuse)?;
        let pictures = ListedPictures::of(request.root, source, &rule, request.limit)?;
        listed.push((source, rule, pictures));
    }
    write_whole(path, |out| {
        let mut writer = PackWriter::new(out)?;
        let mut gathered = Gathered::new(request.input.nanometres_per_pixel);
        let total = listed.iter().map(|(.., l)| l.pictures.len()).sum();
        let progress = ProgressBar::start("cutting pictures", total);
        for (source, rule, pictures) in listed {
            let cutter = Cutter::new(request.root, source, rule, request.input);
            gathered.begin(source, pictures.passed_over);
            cut_source(
                &cutter,
                &pictures.pictures,
                request,
                &progress,
                &mut gathered,
                &mut writer,
            )?;
            gathered.end(source);
        }
        progress.end(&format!("cut {} cells", gathered.cells.len()));
        let total = gathered.pictures.len() + gathered.left_out.len();
        if !gathered.left_out.is_empty() && request.unreadable == Unreadable::Refuse {
            return Err(refusal(&gathered.left_out, total).into());
        }
        if gathered.cells.is_empty() {
            let message = "no cell was cut: see what was passed over, and check the kind of each source";
            return Err(Error::new(ErrorKind::Data, message).into());
        }
        let left_out = gathered.left_out.iter().map(LeftOut::note).collect();
        let (tally, parts) = gathered.finish(request.list)?;
        let index = Index {
            name: "cells".into(),
            layout: Layout::Cells,
            input: request.input.clone(),
            preprocessing: request.input.preprocessing().into(),
            picture_nanometres_per_pixel: 0,
            coding: request.coding,
            labels: request.list.labels.clone(),
            roles: request.list.named_roles(),
            sources: parts.sources,
            has_subjects: true,
            cells: parts.cells,
            copies: parts.copies,
            joined: parts.joined,
            left_out: parts.left_out,
            blocks: Vec::new(),
        };
        let (index, bytes) = writer.end(index)?;
        Ok(Cut {
            cells: index.cells.len(),
            bytes,
            tally,
            notes: left_out,
        })
    })
}

fn cut_source(
    cutter: &Cutter<'_>,
    pictures: &[listed_pictures::Picture],
    request: CutRequest<'_>,
    progress: &ProgressBar,
    gathered: &mut Gathered,
    writer: &mut PackWriter<'_>,
) -> Result<(), Stop> {
    let ellipses = cutter.source.ellipses.as_ref().map_or(0, |e| e.limit);
    // Spread over all pictures: the shares add up to the limit.
    let share = |i: usize| ellipses * (i + 1) / pictures.len() - ellipses * i / pictures.len();
    for (number, chunk) in pictures.chunks(CHUNK).enumerate() {
        let one = |(i, picture): (usize, &listed_pictures::Picture)| {
            let bytes = read_file(cutter.root, &picture.file);
            let bytes = bytes.map_err(|e| e.to_string())?;
            let digest = picture.digest.clone().unwrap_or_else(|| sha256_hex(&bytes));
            let cut = cutter.cut(picture, &bytes, share(number * CHUNK + i));
            progress.step();
            let place = |why| format!("{}: {why}", cutter.root.join(&picture.file).display());
            Ok((digest, cut.map_err(place)?))
        };
        let cut: Vec<Result<(String, CutPicture), String>> = chunk.par_iter().enumerate().map(one).collect();
        for (picture, cut) in chunk.iter().zip(cut) {
            match cut {
                Err(why) => gathered.left_out.push(LeftOut {
                    file: picture.file.clone(),
                    why,
                }),
                Ok((digest, cut)) => {
                    gathered.take(cutter.source, picture, &digest, cut, |crop| {
                        let coded = request.coding.encode(crop.planes(), request.input.size);
                        let coded = coded.map_err(|e| Error::new(ErrorKind::Picture, e))?;
                        writer.write(&coded)
                    })?;
                }
            }
        }
    }
    Ok(())
}
