use super::cell_cache::{CachedCells, cache_path, read_cache, write_cache};
use super::decode::load_cell;
use super::{Cell, Collection, DataChoice, Listed, Listing, list};
use crate::progress::Progress;
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::{CellCrop, InputSpec, MASKED_CELL};
use rayon::prelude::*;
use std::path::Path;

/// What to do with pictures that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Name them all and stop: a network should not be trained on less than was asked for.
    Refuse,
    /// Name them all and go on with the rest.
    Skip,
}

/// A collection with its cells cropped, in memory.
#[derive(Debug)]
pub struct DataSet {
    collection: Collection,
    spec: InputSpec,
    areas: Vec<u64>,
    pixels: Vec<u8>,
    /// What the reader of a log should know: what was joined, left out, made anew.
    pub notes: Vec<String>,
}

impl DataSet {
    /// Reads a data folder and brings every picture to `spec`. With a `cache` folder the inputs are kept
    /// there.
    pub fn load(
        root: &Path,
        choice: &DataChoice,
        spec: &InputSpec,
        cache: Option<&Path>,
        unreadable: Unreadable,
    ) -> Result<Self, Error> {
        Self::of(root, list(root, choice)?, spec, cache, unreadable)
    }

    /// The same of what was listed.
    pub fn of(
        root: &Path,
        mut listing: Listing,
        spec: &InputSpec,
        cache: Option<&Path>,
        unreadable: Unreadable,
    ) -> Result<Self, Error> {
        spec.check()?;
        let mut notes = Vec::new();
        let listed = &listing.pictures;
        let path = cache.map(|c| cache_path(c, root, listed, spec)).transpose()?;
        let cached = path.as_ref().and_then(|p| {
            read_cache(p, listed.len(), spec.size).unwrap_or_else(|why| {
                notes.push(format!("{}: {why}; it is made anew", p.display()));
                None
            })
        });
        let cells = match cached {
            Some(cells) => cells,
            None => {
                let before = listing.pictures.len();
                let cells = decode_all(root, &mut listing.pictures, spec, unreadable, &mut notes)?;
                // A cache without the bad pictures would be taken for the whole next time.
                if let Some(path) = path.filter(|_| listing.pictures.len() == before) {
                    write_cache(&path, &cells)?;
                }
                cells
            }
        };
        let (collection, kept) = Collection::join(root, listing, cells.digests)?;
        let mut set = Self {
            collection,
            spec: spec.clone(),
            areas: cells.areas,
            pixels: cells.pixels,
            notes,
        };
        set.keep(&kept);
        set.notes.extend(set.collection.summary());
        Ok(set)
    }

    /// Names, labels and groups.
    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// Size and scale of the crops.
    pub fn spec(&self) -> &InputSpec {
        &self.spec
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// True without cells.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// Name, label and group of one cell.
    pub fn cell(&self, index: usize) -> &Cell {
        &self.collection.cells[index]
    }

    /// Pixels of one cell at the scale of its picture; 0 for whole pictures.
    pub fn area(&self, index: usize) -> u64 {
        self.areas[index]
    }

    /// The planes R, G, B of one cell, `3 x size x size`.
    pub fn planes(&self, index: usize) -> &[u8] {
        let n = self.crop_bytes();
        &self.pixels[index * n..(index + 1) * n]
    }

    /// One cell as the networks and packages take it.
    pub fn crop(&self, index: usize) -> Result<CellCrop, Error> {
        Ok(CellCrop::from_planes(
            self.spec.size,
            self.planes(index).to_vec(),
        )?)
    }

    /// Indices of the cells of one side of a fold, in order: of these subject groups, or these files.
    pub fn cells_of(&self, units: &[String]) -> Vec<usize> {
        self.collection.cells_of(units)
    }

    /// Keeps about `count` cells, at least one of each subject group, or of each label where the data name
    /// no subjects, and spread over them: for trials.
    pub fn limit(&mut self, count: usize) {
        let total = self.len();
        if count >= total {
            return;
        }
        let taken = self.collection.spread(count);
        self.collection.cells = taken.iter().map(|i| self.cell(*i).clone()).collect();
        self.keep(&taken);
        self.notes
            .push(format!("limited to {} of {total} cells", self.len()));
    }

    /// Hex sha256 over the names, labels, groups and pictures of the cells and the input size.
    pub fn fingerprint(&self) -> String {
        let mut text = format!("{} {}\n", self.spec.size, self.spec.nanometres_per_pixel);
        if self.spec.preprocessing() != MASKED_CELL {
            text += &format!("{}\n", self.spec.preprocessing());
        }
        for cell in &self.collection.cells {
            text += &format!("{}\t{}\t{}\t{}\n", cell.file, cell.label, cell.group, cell.digest);
        }
        sha256_hex(text.as_bytes())
    }

    fn crop_bytes(&self) -> usize {
        3 * (self.spec.size as usize).pow(2)
    }

    /// Leaves the crops and areas at these ascending positions.
    fn keep(&mut self, positions: &[usize]) {
        let n = self.crop_bytes();
        for (to, &from) in positions.iter().enumerate() {
            self.areas[to] = self.areas[from];
            self.pixels.copy_within(from * n..(from + 1) * n, to * n);
        }
        self.areas.truncate(positions.len());
        self.pixels.truncate(positions.len() * n);
    }
}

/// Crops all pictures on all cores. With [`Unreadable::Skip`], bad ones are taken out of `listed`.
fn decode_all(
    root: &Path,
    listed: &mut Vec<Listed>,
    spec: &InputSpec,
    unreadable: Unreadable,
    notes: &mut Vec<String>,
) -> Result<CachedCells, Error> {
    let progress = Progress::start("reading cells", listed.len());
    let loaded: Vec<_> = listed
        .par_iter()
        .map(|cell| {
            let loaded = load_cell(root, &cell.file, spec);
            progress.step();
            loaded
        })
        .collect();
    let bad: Vec<String> = loaded
        .iter()
        .filter_map(|l| l.as_ref().err().map(ToString::to_string))
        .collect();
    progress.end(&format!("read {} cells", loaded.len() - bad.len()));
    if !bad.is_empty() && (unreadable == Unreadable::Refuse || bad.len() == loaded.len()) {
        const SHOWN: usize = 20;
        let more = bad.len().saturating_sub(SHOWN);
        let mut message = bad[..bad.len().min(SHOWN)].join("\n");
        if more > 0 {
            message += &format!("\nand {more} more");
        }
        message += &format!(
            "\n{} of {} pictures cannot be used; to train without them, give --skip-unreadable",
            bad.len(),
            loaded.len()
        );
        return Err(Error::new(ErrorKind::Picture, message));
    }
    notes.extend(bad.into_iter().map(|b| format!("left out: {b}")));
    let mut cells = CachedCells {
        digests: Vec::new(),
        areas: Vec::new(),
        pixels: Vec::with_capacity(loaded.len() * 3 * (spec.size as usize).pow(2)),
    };
    let mut kept = Vec::new();
    for (cell, loaded) in listed.drain(..).zip(loaded) {
        if let Ok(loaded) = loaded {
            cells.digests.push(cell.digest.clone().unwrap_or(loaded.digest));
            cells.areas.push(loaded.area);
            cells.pixels.extend_from_slice(loaded.crop.planes());
            kept.push(cell);
        }
    }
    *listed = kept;
    Ok(cells)
}
