//! Decoded cells on disk, so that repeated runs start at once: packs, keyed by the input and by every file's
//! path, size and time of change. A damaged one is made anew.

use super::choice::Layout;
use super::listed::{Listed, Listing};
use super::pack::{Coding, Pack, PackRequest, pack};
use super::read_cells::Unreadable;
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::{CNMC_NANOMETRES_PER_PIXEL, InputSpec};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The pack of the listed pictures, as it lies in `folder` or made anew. Pictures that could not be read are
/// taken out of the list. The digests go with the list, and so do the places of the cells in the pack.
pub(super) fn cached(
    folder: &Path,
    root: &Path,
    listing: &mut Listing,
    spec: &InputSpec,
    unreadable: Unreadable,
    notes: &mut Vec<String>,
) -> Result<(Pack, Vec<String>, Vec<usize>), Error> {
    let path = cache_path(folder, root, &listing.pictures, spec)?;
    if path.is_file() {
        match open(&path) {
            // What was left out must be named unless it is to be skipped.
            Ok(pack) if unreadable == Unreadable::Refuse && !pack.left_out().is_empty() => {}
            Ok(pack) => match fit(&pack, &mut listing.pictures) {
                Some((digests, places)) => {
                    notes.extend(pack.left_out().iter().map(|l| l.note()));
                    return Ok((pack, digests, places));
                }
                None => notes.push(format!(
                    "{}: it holds other cells; it is made again",
                    path.display()
                )),
            },
            Err(why) => notes.push(format!("{why}; it is made again")),
        }
    }
    let request = PackRequest {
        root,
        layout: Layout::default(),
        listing: listing.clone(),
        spec,
        coding: Coding::Raw,
        unreadable,
    };
    pack(&path, request)?;
    let made = open(&path)?;
    notes.extend(made.left_out().iter().map(|l| l.note()));
    match fit(&made, &mut listing.pictures) {
        Some((digests, places)) => Ok((made, digests, places)),
        None => Err(Error::new(
            ErrorKind::Data,
            format!(
                "{}: the pictures changed while they were read: give the same again",
                root.display()
            ),
        )),
    }
}

fn open(path: &Path) -> Result<Pack, Error> {
    let pack = Pack::open(path)?;
    pack.check_pixels()?;
    Ok(pack)
}

/// Digest and cell of each listed picture, those that were left out taken from the list; nothing where the
/// pack does not know one of them.
fn fit(pack: &Pack, listed: &mut Vec<Listed>) -> Option<(Vec<String>, Vec<usize>)> {
    let known = pack.pictures();
    let left_out: BTreeSet<&str> = pack.left_out().iter().map(|l| l.file.as_str()).collect();
    let wanted = listed.iter().filter(|l| !left_out.contains(l.file.as_str()));
    let found: Option<Vec<_>> = wanted.map(|l| known.get(l.file.as_str())).collect();
    let (digests, places) = found?.into_iter().map(|(d, i)| ((*d).to_owned(), *i)).unzip();
    listed.retain(|l| !left_out.contains(l.file.as_str()));
    Some((digests, places))
}

/// The file of the cache for these pictures at this size.
fn cache_path(folder: &Path, root: &Path, listed: &[Listed], spec: &InputSpec) -> Result<PathBuf, Error> {
    let mut key = format!(
        "{} {} {} {CNMC_NANOMETRES_PER_PIXEL}\n",
        spec.preprocessing(),
        spec.size,
        spec.nanometres_per_pixel
    );
    for cell in listed {
        let path = root.join(&cell.file);
        let stat = fs::metadata(&path).and_then(|m| Ok((m.len(), m.modified()?)));
        let (length, changed) = stat.map_err(|e| Error::io("read", &path, e))?;
        let changed = changed.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let digest = cell.digest.as_deref().unwrap_or("-");
        key += &format!("{}\t{length}\t{changed}\t{digest}\n", cell.file);
    }
    let key = sha256_hex(key.as_bytes());
    Ok(folder.join(format!("cells-{}.pack", &key[..24])))
}
