//! The index of a pack, as JSON.

use super::coding::Coding;
use super::frame::HEAD;
use crate::data::read_cells::LeftOut;
use crate::data::{Cell, Collection, DroppedCopy, Layout};
use blastscope_shared::class::LabelSet;
use blastscope_shared::preprocess::InputSpec;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;

/// Bytes of pixels under one checksum; the last block may be shorter.
pub(super) const BLOCK: usize = 4 << 20;

/// Everything of a pack but its pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// Name of the data folder.
    pub name: String,
    pub layout: Layout,
    pub input: InputSpec,
    /// [`InputSpec::preprocessing`] of the program that packed.
    pub preprocessing: String,
    /// Scale assumed for the pictures.
    pub picture_nanometres_per_pixel: u32,
    pub coding: Coding,
    pub labels: LabelSet,
    pub has_subjects: bool,
    pub cells: Vec<PackedCell>,
    /// Pictures that are the same to the byte as one of `cells`.
    pub copies: Vec<Copy>,
    /// Groups of more than one subject.
    pub joined: Vec<String>,
    /// Pictures that could not be read.
    pub left_out: Vec<LeftOut>,
    /// Hex sha256 of every [`BLOCK`] bytes of pixels.
    pub blocks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackedCell {
    pub file: String,
    pub label: usize,
    pub subject: String,
    pub group: String,
    pub digest: String,
    pub area: u64,
    /// Place of its pixels in the file.
    pub offset: u64,
    /// Bytes of them.
    pub length: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Copy {
    pub file: String,
    pub kept: String,
}

impl Index {
    /// Refuses an index that does not fit `pixels`, the range of bytes between head and index, or itself.
    pub(crate) fn check(&self, pixels: &Range<usize>) -> Result<(), String> {
        let blocks = pixels.len().div_ceil(BLOCK);
        if self.blocks.len() != blocks {
            return Err(format!("{} checksums for {blocks} blocks", self.blocks.len()));
        }
        if self.preprocessing != self.input.preprocessing() {
            return Err(format!("preprocessing {} is not known", self.preprocessing));
        }
        let whole = 3 * u64::from(self.input.size).pow(2);
        let known = |label: usize| label < self.labels.len();
        for cell in &self.cells {
            let end = cell.offset.checked_add(cell.length);
            let inside = cell.offset >= HEAD as u64 && end.is_some_and(|e| e <= pixels.end as u64);
            let fits = self.coding != Coding::Raw || cell.length == whole;
            if !inside || !fits || !known(cell.label) {
                return Err(format!("{} has no place or no label", cell.file));
            }
        }
        if self.cells.is_empty() {
            return Err("no cells".into());
        }
        Ok(())
    }

    /// Names, labels and groups; `path` is the pack.
    pub(crate) fn collection(&self, path: &Path) -> Collection {
        let cell = |c: &PackedCell| Cell {
            file: c.file.clone(),
            label: c.label,
            subject: c.subject.clone(),
            group: c.group.clone(),
            digest: c.digest.clone(),
        };
        let copy = |c: &Copy| DroppedCopy {
            file: c.file.clone(),
            kept: c.kept.clone(),
        };
        Collection {
            root: path.to_owned(),
            name: self.name.clone(),
            labels: self.labels.clone(),
            has_subjects: self.has_subjects,
            cells: self.cells.iter().map(cell).collect(),
            copies: self.copies.iter().map(copy).collect(),
            joined: self.joined.clone(),
        }
    }

    /// The cells that some of whose pixels lie in these bytes of the file.
    pub(crate) fn cells_in(&self, bytes: &Range<usize>) -> Vec<&str> {
        let touches = |c: &&PackedCell| {
            (c.offset as usize) < bytes.end && c.offset.saturating_add(c.length) as usize > bytes.start
        };
        let cells = self.cells.iter().filter(touches);
        cells.map(|c| c.file.as_str()).collect()
    }
}
