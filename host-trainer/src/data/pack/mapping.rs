//! Unsafe, because a mapped file is memory that others could change: the one place where a file is mapped.
#![allow(unsafe_code)]

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::path::Path;

/// Maps a whole file to read it.
pub(super) fn map(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    // SAFETY: the bytes are read as plain numbers, so that any content is sound as such, and what was read
    // is checked against its checksums. Packs are never changed in place: they are written under another
    // name and renamed, which leaves a mapped file as it is. A person who cuts a pack while it is in use
    // ends this process by a signal; nothing else is at risk.
    unsafe { Mmap::map(&file) }
}
