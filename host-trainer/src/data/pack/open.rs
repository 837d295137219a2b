use super::coding::Coding;
use super::coding::decode_jpeg;
use super::frame::{HEAD, index_of};
use super::index::{BLOCK, Index, PackedCell};
use super::mapping;
use crate::data::read_cells::LeftOut;
use crate::data::{Collection, DataChoice, Layout};
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::{CNMC_NANOMETRES_PER_PIXEL, InputSpec};
use memmap2::Mmap;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

const REMEDY: &str = "pack the data again (blastscope-train pack), or give the folder of the data set";

/// An open pack: its index, and its pixels mapped.
#[derive(Debug)]
pub(in crate::data) struct Pack {
    path: PathBuf,
    bytes: Mmap,
    pixels: Range<usize>,
    index: Index,
}

impl Pack {
    /// Maps a pack and checks head, index and end; the pixels are not looked at.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let refuse = |section: &str, why: &str| refused(path, section, why);
        let bytes = mapping::map(path).map_err(|e| Error::io("read", path, e))?;
        let place = index_of(&bytes).map_err(|(section, why)| refuse(section, &why))?;
        let index: Index = serde_json::from_slice(&bytes[place.clone()])
            .map_err(|e| refuse("index", &e.to_string()).caused_by(e))?;
        let pixels = HEAD..place.start;
        index.check(&pixels).map_err(|why| refuse("index", &why))?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
            pixels,
            index,
        })
    }

    /// Reads all pixels once, on all cores, against their checksums.
    pub(crate) fn check_pixels(&self) -> Result<(), Error> {
        let bad = |(i, sum): (usize, &String)| {
            let start = self.pixels.start + i * BLOCK;
            let place = start..(start + BLOCK).min(self.pixels.end);
            (sha256_hex(&self.bytes[place.clone()]) != *sum).then_some((i, place))
        };
        match self.index.blocks.par_iter().enumerate().find_map_first(bad) {
            None => self.check_masks(),
            Some((i, place)) => {
                let cells = self.index.cells_in(&place);
                let named = match (cells.first(), cells.last()) {
                    (Some(first), Some(last)) => format!("; it holds {first} to {last}"),
                    _ => String::new(),
                };
                let section = format!(
                    "pixels, block {} of {} (bytes {} to {})",
                    i + 1,
                    self.index.blocks.len(),
                    place.start,
                    place.end
                );
                Err(refused(
                    &self.path,
                    &section,
                    &format!("the checksum differs{named}"),
                ))
            }
        }
    }

    /// Refuses cells that were cut and are black all over: their masks would be empty.
    fn check_masks(&self) -> Result<(), Error> {
        if self.index.sources.is_empty() {
            return Ok(());
        }
        let cells = &self.index.cells;
        let empty = |c: &&PackedCell| self.index.coding.is_black(self.coded(c));
        match cells.par_iter().find_map_first(|c| empty(&c).then_some(c)) {
            None => Ok(()),
            Some(cell) => {
                let section = format!("pixels of {}", cell.file);
                Err(refused(
                    &self.path,
                    &section,
                    "its mask is empty: no pixel is not black",
                ))
            }
        }
    }

    /// Refuses another input than `spec`, another layout or other labels than `choice`.
    pub(crate) fn check_recipe(&self, choice: &DataChoice, spec: &InputSpec) -> Result<(), Error> {
        let index = &self.index;
        let labels = choice.known_labels().unwrap_or_else(|| index.labels.clone());
        let names = |l: &blastscope_shared::class::LabelSet| l.names().join(", ");
        let scale = |nm: u32| format!("pictures of {nm} nm a pixel");
        // Cells that were cut state their own scale.
        let expected = match index.layout {
            Layout::Cells => index.picture_nanometres_per_pixel,
            _ => CNMC_NANOMETRES_PER_PIXEL,
        };
        for (ours, theirs) in [
            (describe(&index.input), describe(spec)),
            (index.layout.name().to_owned(), choice.layout.name().to_owned()),
            (names(&index.labels), names(&labels)),
            (scale(index.picture_nanometres_per_pixel), scale(expected)),
        ] {
            if ours != theirs {
                return Err(Error::new(
                    ErrorKind::Data,
                    format!(
                        "{}: packed for {ours}; asked for is {theirs}: pack the data again with this recipe \
                         (blastscope-train pack --recipe …), or give the recipe that it was packed for",
                        self.path.display()
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Names, labels and groups.
    pub(crate) fn collection(&self) -> Collection {
        self.index.collection(&self.path)
    }

    /// Pixels of each cell at the scale of its picture.
    pub(crate) fn areas(&self) -> Vec<u64> {
        self.index.cells.iter().map(|c| c.area).collect()
    }

    /// How the pixels are written.
    pub(crate) fn coding(&self) -> Coding {
        self.index.coding
    }

    /// Pictures that could not be read when it was packed.
    pub(crate) fn left_out(&self) -> &[LeftOut] {
        &self.index.left_out
    }

    /// Digest and cell of every picture that was read, copies included.
    pub(crate) fn pictures(&self) -> BTreeMap<&str, (&str, usize)> {
        let cells = self.index.cells.iter().enumerate();
        let mut pictures: BTreeMap<&str, (&str, usize)> = cells
            .map(|(i, c)| (c.file.as_str(), (c.digest.as_str(), i)))
            .collect();
        for copy in &self.index.copies {
            if let Some(&kept) = pictures.get(copy.kept.as_str()) {
                pictures.insert(&copy.file, kept);
            }
        }
        pictures
    }

    fn coded(&self, cell: &PackedCell) -> &[u8] {
        let start = cell.offset as usize;
        &self.bytes[start..start + cell.length as usize]
    }

    /// The planes R, G, B of a cell.
    pub(crate) fn planes(&self, cell: usize) -> Result<Cow<'_, [u8]>, Error> {
        let cell = &self.index.cells[cell];
        let coded = self.coded(cell);
        match self.index.coding {
            Coding::Raw => Ok(Cow::Borrowed(coded)),
            Coding::Jpeg { .. } => match decode_jpeg(coded, self.index.input.size) {
                Ok(planes) => Ok(Cow::Owned(planes)),
                Err(why) => {
                    let section = format!("pixels of {}", cell.file);
                    Err(refused(&self.path, &section, &why))
                }
            },
        }
    }
}

impl Collection {
    /// The collection of a pack; its pixels are not looked at.
    pub(crate) fn of_pack(path: &Path) -> Result<Self, Error> {
        Pack::open(path).map(|pack| pack.collection())
    }
}

fn refused(path: &Path, section: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::Data,
        format!("{}: {section}: {why}; {REMEDY}", path.display()),
    )
}

fn describe(spec: &InputSpec) -> String {
    format!(
        "input of {} px, {} nm a pixel, {}",
        spec.size,
        spec.nanometres_per_pixel,
        spec.preprocessing()
    )
}
