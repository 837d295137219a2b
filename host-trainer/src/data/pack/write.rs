use super::coding::Coding;
use super::index::{Copy, Index, PackedCell};
use super::writer::{PackWriter, Stop, write_whole};
use crate::data::read_cells::{LeftOut, Unreadable, read_cells};
use crate::data::{Collection, Layout, Listing};
use crate::{Error, ErrorKind};
use blastscope_shared::preprocess::{CNMC_NANOMETRES_PER_PIXEL, InputSpec};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// What to pack.
#[derive(Debug, Clone)]
pub(crate) struct PackRequest<'a> {
    /// The data folder.
    pub root: &'a Path,
    /// Its layout.
    pub layout: Layout,
    /// Its pictures.
    pub listing: Listing,
    /// What each becomes.
    pub spec: &'a InputSpec,
    /// How its pixels are written.
    pub coding: Coding,
    /// What to do with pictures that cannot be read.
    pub unreadable: Unreadable,
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    /// Number of cells.
    pub cells: usize,
    /// Bytes of the file.
    pub bytes: u64,
    /// What the reader of a log should know: what was joined and left out.
    pub notes: Vec<String>,
}

/// Writes a pack, whole or not at all. Pictures are decoded a chunk at a time, so that memory does not grow
/// with the number of cells.
pub(crate) fn pack(path: &Path, request: PackRequest<'_>) -> Result<Packed, Error> {
    request.spec.check()?;
    write_whole(path, |out| fill(out, request))
}

fn fill(out: &mut dyn Write, request: PackRequest<'_>) -> Result<Packed, Stop> {
    let PackRequest {
        root,
        layout,
        mut listing,
        spec,
        coding,
        unreadable,
    } = request;
    let mut writer = PackWriter::new(out)?;
    let mut places = Vec::new();
    let read = read_cells(root, &mut listing.pictures, spec, unreadable, |crop| {
        let coded = coding.encode(crop.planes(), spec.size);
        let coded = coded.map_err(|e| Stop::Data(Error::new(ErrorKind::Picture, e)))?;
        places.push(writer.write(&coded)?);
        Ok::<(), Stop>(())
    })?;
    let (collection, kept) = Collection::join(root, listing, read.digests)?;
    let notes = collection.summary();
    let cells = collection.cells.into_iter().zip(kept).map(|(cell, at)| {
        let (offset, length) = places[read.places[at]];
        PackedCell {
            area: read.areas[at],
            file: cell.file,
            label: cell.label,
            candidates: Vec::new(),
            subject: cell.subject,
            group: cell.group,
            digest: cell.digest,
            source: None,
            nanometres_per_pixel: None,
            offset,
            length,
        }
    });
    let copy = |c: crate::data::DroppedCopy| Copy {
        file: c.file,
        kept: c.kept,
    };
    let index = Index {
        name: collection.name,
        layout,
        input: spec.clone(),
        preprocessing: spec.preprocessing().into(),
        picture_nanometres_per_pixel: CNMC_NANOMETRES_PER_PIXEL,
        coding,
        labels: collection.labels,
        roles: BTreeMap::new(),
        sources: Vec::new(),
        has_subjects: collection.has_subjects,
        cells: cells.collect(),
        copies: collection.copies.into_iter().map(copy).collect(),
        joined: collection.joined,
        left_out: read.left_out,
        blocks: Vec::new(),
    };
    let (index, bytes) = writer.end(index)?;
    let left_out = index.left_out.iter().map(LeftOut::note);
    Ok(Packed {
        cells: index.cells.len(),
        bytes,
        notes: left_out.chain(notes).collect(),
    })
}
