//! Pictures are decoded a chunk at a time on all cores and handed on in order: never more than a chunk of
//! them is in memory.

use super::decode::load_cell;
use super::listed::Listed;
use crate::progress_bar::ProgressBar;
use crate::{Error, ErrorKind};
use blastscope_shared::preprocess::{CellCrop, InputSpec};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// Pictures that are decoded at once.
const CHUNK: usize = 256;

/// What to do with pictures that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Name them all and stop: a network should not be trained on less than was asked for.
    Refuse,
    /// Name them all and go on with the rest.
    Skip,
}

/// A picture that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeftOut {
    pub file: String,
    pub why: String,
}

impl LeftOut {
    /// A line of a log.
    pub(crate) fn note(&self) -> String {
        format!("left out: {}", self.why)
    }
}

/// What was read, an entry a picture.
#[derive(Debug, Default)]
pub(super) struct ReadCells {
    /// Hex sha256 of each file or of its original.
    pub digests: Vec<String>,
    /// Pixels of each cell at the scale of its picture.
    pub areas: Vec<u64>,
    /// Which of the crops handed on is that of the picture: copies share one.
    pub places: Vec<usize>,
    /// What could not be read.
    pub left_out: Vec<LeftOut>,
}

/// Crops the listed pictures and hands each crop on once. With [`Unreadable::Skip`], bad pictures are taken
/// out of `listed`; otherwise all of them are named.
pub(super) fn read_cells<E: From<Error>>(
    root: &Path,
    listed: &mut Vec<Listed>,
    spec: &InputSpec,
    unreadable: Unreadable,
    mut take: impl FnMut(&CellCrop) -> Result<(), E>,
) -> Result<ReadCells, E> {
    let progress = ProgressBar::start("reading cells", listed.len());
    let mut read = ReadCells::default();
    let mut first: HashMap<String, usize> = HashMap::new();
    let (total, mut kept) = (listed.len(), Vec::with_capacity(listed.len()));
    for chunk in listed.chunks(CHUNK) {
        let loaded: Vec<_> = chunk
            .par_iter()
            .map(|cell| {
                let loaded = load_cell(root, &cell.file, spec);
                progress.step();
                loaded
            })
            .collect();
        for (cell, loaded) in chunk.iter().zip(loaded) {
            let loaded = match loaded {
                Ok(loaded) => loaded,
                Err(e) => {
                    let (file, why) = (cell.file.clone(), e.to_string());
                    read.left_out.push(LeftOut { file, why });
                    continue;
                }
            };
            if unreadable == Unreadable::Refuse && !read.left_out.is_empty() {
                // Only the names of the bad ones are still wanted.
                continue;
            }
            let digest = cell.digest.clone().unwrap_or(loaded.digest);
            let next = first.len();
            let place = *first.entry(digest.clone()).or_insert(next);
            if place == next {
                take(&loaded.crop)?;
            }
            read.digests.push(digest);
            read.areas.push(loaded.area);
            read.places.push(place);
            kept.push(cell.clone());
        }
    }
    let bad = &read.left_out;
    progress.end(&format!("read {} cells", total - bad.len()));
    if !bad.is_empty() && (unreadable == Unreadable::Refuse || bad.len() == total) {
        return Err(refusal(bad, total).into());
    }
    *listed = kept;
    Ok(read)
}

pub(super) fn refusal(bad: &[LeftOut], total: usize) -> Error {
    const SHOWN: usize = 20;
    let lines: Vec<&str> = bad.iter().take(SHOWN).map(|b| b.why.as_str()).collect();
    let mut message = lines.join("\n");
    if bad.len() > SHOWN {
        message += &format!("\nand {} more", bad.len() - SHOWN);
    }
    message += &format!(
        "\n{} of {total} pictures cannot be used; to train without them, give --skip-unreadable",
        bad.len(),
    );
    Error::new(ErrorKind::Picture, message)
}
