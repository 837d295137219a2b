//! Pixels, index and end of a pack as they are written.

use super::frame::{HEAD, end, head};
use super::index::{BLOCK, Index};
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::package::sha256_hex;
use std::io::{self, Write};
use std::path::Path;

/// Why writing stopped.
pub(in crate::data) enum Stop {
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

/// Writes a file whole or not at all, and hands on what `fill` gives or refuses.
pub(in crate::data) fn write_whole<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, Stop>,
) -> Result<T, Error> {
    let mut outcome = None;
    let written = durable_file::write_with(path, |out| match fill(out) {
        Ok(done) => {
            outcome = Some(Ok(done));
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
        (Some(done), Ok(())) => done,
        (None, Ok(())) => Err(Error::new(ErrorKind::Data, "nothing was packed")),
    }
}

/// A pack that is being written: head, pixels with a checksum a block, then index and end.
pub(in crate::data) struct PackWriter<'a> {
    out: &'a mut dyn Write,
    /// Offset in the file.
    written: u64,
    block: Vec<u8>,
    sums: Vec<String>,
}

impl<'a> PackWriter<'a> {
    /// Writes the head.
    pub(in crate::data) fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        out.write_all(&head())?;
        Ok(Self {
            out,
            written: HEAD as u64,
            block: Vec::with_capacity(BLOCK),
            sums: Vec::new(),
        })
    }

    /// Writes the pixels of a cell as they are coded; gives their offset and length.
    pub(in crate::data) fn write(&mut self, coded: &[u8]) -> Result<(u64, u64), Stop> {
        let place = (self.written, coded.len() as u64);
        self.out.write_all(coded)?;
        self.written += coded.len() as u64;
        let mut bytes = coded;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK {
                self.close();
            }
        }
        Ok(place)
    }

    /// Writes `index` with the checksums of the pixels, and the end; gives the index and the bytes of the file.
    pub(in crate::data) fn end(mut self, mut index: Index) -> Result<(Index, u64), Stop> {
        if !self.block.is_empty() {
            self.close();
        }
        index.blocks = self.sums;
        let text = serde_json::to_vec(&index).map_err(io::Error::other)?;
        self.out.write_all(&text)?;
        let end = end(self.written, &text);
        self.out.write_all(&end)?;
        Ok((index, self.written + (text.len() + end.len()) as u64))
    }

    fn close(&mut self) {
        self.sums.push(sha256_hex(&self.block));
        self.block.clear();
    }
}
