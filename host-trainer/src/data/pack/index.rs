//! The index of a pack, as JSON.

use super::coding::Coding;
use super::frame::HEAD;
use crate::data::cell_source::CellSource;
use crate::data::read_cells::LeftOut;
use crate::data::{Cell, Collection, DroppedCopy, Layout};
use blastscope_shared::class::{LabelSet, Role, Roles};
use blastscope_shared::preprocess::InputSpec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Bytes of pixels under one checksum; the last block may be shorter.
pub(super) const BLOCK: usize = 4 << 20;

/// Everything of a pack but its pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct Index {
    /// Name of the data folder.
    pub name: String,
    pub layout: Layout,
    pub input: InputSpec,
    /// [`InputSpec::preprocessing`] of the program that packed.
    pub preprocessing: String,
    /// Scale assumed for the pictures; 0 where each cell states its own.
    pub picture_nanometres_per_pixel: u32,
    pub coding: Coding,
    pub labels: LabelSet,
    /// What each label stands for in a count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Role>,
    /// The data sets that cells were cut from; none where a folder was packed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<CellSource>,
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
pub(in crate::data) struct PackedCell {
    pub file: String,
    pub label: usize,
    /// Labels of which it has one, ascending; empty where `label` is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<usize>,
    pub subject: String,
    pub group: String,
    pub digest: String,
    pub area: u64,
    /// Name of its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Scale of its picture, where that is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nanometres_per_pixel: Option<u32>,
    /// Place of its pixels in the file.
    pub offset: u64,
    /// Bytes of them.
    pub length: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct Copy {
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
        self.check_sources()
    }

    /// Refuses roles, candidates and sources that do not fit the labels or each other.
    fn check_sources(&self) -> Result<(), String> {
        let labels = self.labels.len();
        if !self.roles.is_empty() {
            Roles::new(&self.labels, &self.roles).map_err(|e| e.to_string())?;
        }
        for cell in &self.cells {
            let candidates = &cell.candidates;
            let fits = candidates.first().is_none_or(|c| *c == cell.label);
            if !fits || candidates.iter().any(|c| *c >= labels) {
                return Err(format!("{} has other candidates than labels", cell.file));
            }
            let known = |name: &String| self.sources.iter().any(|s| s.name == *name);
            if !cell.source.as_ref().is_none_or(known) {
                return Err(format!("{} has an unknown source", cell.file));
            }
        }
        Ok(())
    }

    /// Names, labels and groups; `path` is the pack.
    pub(crate) fn collection(&self, path: &Path) -> Collection {
        let cell = |c: &PackedCell| Cell {
            file: c.file.clone(),
            label: c.label,
            candidates: c.candidates.clone(),
            source: c.source.clone(),
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
            roles: Roles::new(&self.labels, &self.roles).ok(),
            sources: self.sources.clone(),
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
