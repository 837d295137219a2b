//! Head and end of a pack: what it is, its version, and where its index lies.

use blastscope_shared::package::sha256_hex;
use std::ops::Range;

/// Bytes of the head; the pixels follow it.
pub(super) const HEAD: usize = 64;
/// Bytes of the end.
pub(super) const END: usize = 96 + 32;
/// The version that this program writes; it reads version 1 as well, which knows no sources.
pub(super) const VERSION: u32 = 2;
/// The oldest version that it reads.
const OLDEST: u32 = 1;
const MAGIC: &[u8; 16] = b"blastscope-pack\n";
const LAST: &[u8; 16] = b"\nend of the pack";

/// The head: magic, version as a little-endian u32, zeros.
pub(super) fn head() -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..16].copy_from_slice(MAGIC);
    head[16..20].copy_from_slice(&VERSION.to_le_bytes());
    head
}

/// The end: offset and length of the index as little-endian u64, its hex sha256, a magic, and the first
/// half of the hex sha256 of all that and the head.
pub(super) fn end(offset: u64, index: &[u8]) -> [u8; END] {
    let mut end = [0; END];
    end[..8].copy_from_slice(&offset.to_le_bytes());
    end[8..16].copy_from_slice(&(index.len() as u64).to_le_bytes());
    end[16..80].copy_from_slice(sha256_hex(index).as_bytes());
    end[80..96].copy_from_slice(LAST);
    let sum = sum_of(&head(), &end[..96]);
    end[96..].copy_from_slice(&sum.as_bytes()[..32]);
    end
}

fn sum_of(head: &[u8], end: &[u8]) -> String {
    sha256_hex(&[head, end].concat())
}

/// Where the index of a whole pack lies. Otherwise the section that is at fault, and how.
pub(super) fn index_of(bytes: &[u8]) -> Result<Range<usize>, (&'static str, String)> {
    if bytes.len() < HEAD || &bytes[..16] != MAGIC {
        return Err(("head", "this is not a pack".into()));
    }
    let version = number(&bytes[16..20]);
    if !(u64::from(OLDEST)..=u64::from(VERSION)).contains(&version) {
        let why = format!("version {version}; this program reads versions {OLDEST} to {VERSION}");
        return Err(("head", why));
    }
    let cut = || {
        let why = format!("not there: the file was cut, {} bytes are left", bytes.len());
        Err(("end", why))
    };
    if bytes.len() < HEAD + END {
        return cut();
    }
    let (body, end) = bytes.split_at(bytes.len() - END);
    if &end[80..96] != LAST {
        return cut();
    }
    if sum_of(&bytes[..HEAD], &end[..96]).as_bytes()[..32] != end[96..] {
        return Err(("head or end", "the checksum differs".into()));
    }
    let (offset, length) = (number(&end[..8]), number(&end[8..16]));
    let whole = offset >= HEAD as u64 && offset.checked_add(length) == Some(body.len() as u64);
    if !whole {
        let why = format!("bytes are missing or too many: {} in all", bytes.len());
        return Err(("pixels", why));
    }
    let place = offset as usize..body.len();
    if sha256_hex(&bytes[place.clone()]).as_bytes() != &end[16..80] {
        return Err(("index", "the checksum differs".into()));
    }
    Ok(place)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))
}
