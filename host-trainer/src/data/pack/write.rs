use super::coding::Coding;
use super::frame::{HEAD, end, head};
use super::index::{BLOCK, Copy, Index, PackedCell};
use crate::data::read_cells::{LeftOut, Unreadable, read_cells};
use crate::data::{Collection, Layout, Listing};
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::{CNMC_NANOMETRES_PER_PIXEL, InputSpec};
use std::io::{self, Write};
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
    let mut outcome = None;
    let written = durable_file::write_with(path, |out| match fill(out, request) {
        Ok(packed) => {
            outcome = Some(Ok(packed));
            Ok(())
        }
        Err(Stop::Disk(e)) => Err(e),
        Err(Stop::Data(e)) => {
            outcome = Some(Err(e));
            Err(io::Error::other("the data were refused"))
        }
    });
    match (outcome, written) {
        (Some(Err(refused)), _) => Err(refused),
        (_, Err(e)) => Err(e),
        (Some(packed), Ok(())) => packed,
        (None, Ok(())) => Err(Error::new(ErrorKind::Data, "nothing was packed")),
    }
}

/// Why writing stopped.
enum Stop {
    Disk(io::Error),
    Data(Error),
}

impl From<Error> for Stop {
    fn from(e: Error) -> Self {
        Self::Data(e)
    }
}

impl From<io::Error> for Stop {
    fn from(e: io::Error) -> Self {
        Self::Disk(e)
    }
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
    out.write_all(&head())?;
    let mut pixels = Blocks::new(out);
    let mut places = Vec::new();
    let read = read_cells(root, &mut listing.pictures, spec, unreadable, |crop| {
        let coded = coding.encode(crop.planes(), spec.size);
        let coded = coded.map_err(|e| Stop::Data(Error::new(ErrorKind::Picture, e)))?;
        places.push((pixels.written, coded.len() as u64));
        Ok::<(), Stop>(pixels.write(&coded)?)
    })?;
    let (offset, blocks) = pixels.end();
    let (collection, kept) = Collection::join(root, listing, read.digests)?;
    let notes = collection.summary();
    let cells = collection.cells.into_iter().zip(kept).map(|(cell, at)| {
        let (offset, length) = places[read.places[at]];
        PackedCell {
            area: read.areas[at],
            file: cell.file,
            label: cell.label,
            subject: cell.subject,
            group: cell.group,
            digest: cell.digest,
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
        has_subjects: collection.has_subjects,
        cells: cells.collect(),
        copies: collection.copies.into_iter().map(copy).collect(),
        joined: collection.joined,
        left_out: read.left_out,
        blocks,
    };
    let text = serde_json::to_vec(&index).map_err(io::Error::other)?;
    out.write_all(&text)?;
    let end = end(offset, &text);
    out.write_all(&end)?;
    let left_out = index.left_out.iter().map(LeftOut::note);
    Ok(Packed {
        cells: index.cells.len(),
        bytes: offset + (text.len() + end.len()) as u64,
        notes: left_out.chain(notes).collect(),
    })
}

/// The pixels as they are written, with a checksum a block.
struct Blocks<'a> {
    out: &'a mut dyn Write,
    /// Offset in the file.
    written: u64,
    block: Vec<u8>,
    sums: Vec<String>,
}

impl<'a> Blocks<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            written: HEAD as u64,
            block: Vec::with_capacity(BLOCK),
            sums: Vec::new(),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.written += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK {
                self.close();
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        self.sums.push(sha256_hex(&self.block));
        self.block.clear();
    }

    /// Offset behind the pixels, and the checksums.
    fn end(mut self) -> (u64, Vec<String>) {
        if !self.block.is_empty() {
            self.close();
        }
        (self.written, self.sums)
    }
}
