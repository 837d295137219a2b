use super::cache::cached;
use super::choice::DataChoice;
use super::collection::{Cell, Collection};
use super::listed::Listing;
use super::pack::{Coding, Pack};
use super::read_cells::{Unreadable, read_cells};
use crate::Error;
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::{CellCrop, InputSpec, MASKED_CELL};
use std::borrow::Cow;
use std::path::Path;

/// A collection with its cells cropped, in memory or in a pack that is mapped.
#[derive(Debug)]
pub(crate) struct DataSet {
    collection: Collection,
    spec: InputSpec,
    areas: Vec<u64>,
    /// Which crop of `pixels` is that of each cell.
    places: Vec<usize>,
    pixels: Pixels,
    /// What the reader of a log should know: what was joined, left out, made anew.
    pub notes: Vec<String>,
}

/// Where the crops lie.
#[derive(Debug)]
enum Pixels {
    /// One after the other.
    Owned(Vec<u8>),
    Packed(Box<Pack>),
}

impl DataSet {
    /// Brings every listed picture to `spec`. With a `cache` folder the inputs are kept there.
    pub(crate) fn of(
        root: &Path,
        mut listing: Listing,
        spec: &InputSpec,
        cache: Option<&Path>,
        unreadable: Unreadable,
    ) -> Result<Self, Error> {
        spec.check()?;
        let mut notes = Vec::new();
        let (pixels, digests, places, areas) = match cache {
            Some(folder) => {
                let (pack, digests, places) =
                    cached(folder, root, &mut listing, spec, unreadable, &mut notes)?;
                let of_pack = pack.areas();
                let areas = places.iter().map(|i| of_pack[*i]).collect();
                (Pixels::Packed(Box::new(pack)), digests, places, areas)
            }
            None => {
                let mut pixels = Vec::new();
                let read = read_cells(root, &mut listing.pictures, spec, unreadable, |crop| {
                    pixels.extend_from_slice(crop.planes());
                    Ok::<(), Error>(())
                })?;
                notes.extend(read.left_out.iter().map(|l| l.note()));
                (Pixels::Owned(pixels), read.digests, read.places, read.areas)
            }
        };
        let (collection, kept) = Collection::join(root, listing, digests)?;
        let mut set = Self {
            collection,
            spec: spec.clone(),
            areas,
            places,
            pixels,
            notes,
        };
        set.keep(&kept);
        set.notes.extend(set.collection.summary());
        Ok(set)
    }

    /// Opens a pack that was made for this input, layout and these labels, and checks all of it.
    pub(crate) fn of_pack(path: &Path, choice: &DataChoice, spec: &InputSpec) -> Result<Self, Error> {
        let pack = Pack::open(path)?;
        pack.check_recipe(choice, spec)?;
        pack.check_pixels()?;
        let collection = pack.collection();
        let mut notes: Vec<String> = pack.left_out().iter().map(|l| l.note()).collect();
        notes.extend(collection.summary());
        Ok(Self {
            areas: pack.areas(),
            places: (0..collection.cells.len()).collect(),
            spec: spec.clone(),
            collection,
            pixels: Pixels::Packed(Box::new(pack)),
            notes,
        })
    }

    /// Names, labels and groups.
    pub(crate) fn collection(&self) -> &Collection {
        &self.collection
    }

    /// Size and scale of the crops.
    pub(crate) fn spec(&self) -> &InputSpec {
        &self.spec
    }

    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.areas.len()
    }

    /// Name, label and group of one cell.
    pub(crate) fn cell(&self, index: usize) -> &Cell {
        &self.collection.cells[index]
    }

    /// Pixels of one cell at the scale of its picture; 0 for whole pictures.
    pub(crate) fn area(&self, index: usize) -> u64 {
        self.areas[index]
    }

    /// The planes R, G, B of one cell, `3 x size x size`.
    pub(crate) fn planes(&self, index: usize) -> Result<Cow<'_, [u8]>, Error> {
        let place = self.places[index];
        match &self.pixels {
            Pixels::Owned(pixels) => {
                let n = self.crop_bytes();
                Ok(Cow::Borrowed(&pixels[place * n..(place + 1) * n]))
            }
            Pixels::Packed(pack) => pack.planes(place),
        }
    }

    /// The mask of one cell, `size x size`, row-major: true where a pixel is not black. For packs that `cut` wrote, where
    /// black stands outside of a cell alone; of other cells dark pixels may be missing.
    #[cfg(test)]
    pub(crate) fn mask(&self, index: usize) -> Result<Vec<bool>, Error> {
        let planes = self.planes(index)?;
        let n = planes.len() / 3;
        Ok((0..n).map(|i| (0..3).any(|c| planes[c * n + i] != 0)).collect())
    }

    /// One cell as the networks and packages take it.
    pub(crate) fn crop(&self, index: usize) -> Result<CellCrop, Error> {
        let planes = self.planes(index)?.into_owned();
        Ok(CellCrop::from_planes(self.spec.size, planes)?)
    }

    /// Indices of the cells of one side of a fold, in order: of these subject groups, or these files.
    pub(crate) fn cells_of(&self, units: &[String]) -> Vec<usize> {
        self.collection.cells_of(units)
    }

    /// Keeps about `count` cells, at least one of each subject group, or of each label where the data name
    /// no subjects, and spread over them: for trials.
    pub(crate) fn limit(&mut self, count: usize) {
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
    pub(crate) fn fingerprint(&self) -> String {
        let mut text = format!("{} {}\n", self.spec.size, self.spec.nanometres_per_pixel);
        if self.spec.preprocessing() != MASKED_CELL {
            text += &format!("{}\n", self.spec.preprocessing());
        }
        // Other pixels than those of the pictures.
        if let Pixels::Packed(pack) = &self.pixels
            && pack.coding() != Coding::Raw
        {
            text += &format!("{}\n", pack.coding().describe());
        }
        for cell in &self.collection.cells {
            text += &format!("{}\t{}\t{}\t{}\n", cell.file, cell.label, cell.group, cell.digest);
            if !cell.candidates.is_empty() {
                text += &format!("one of {:?}\n", cell.candidates);
            }
        }
        sha256_hex(text.as_bytes())
    }

    fn crop_bytes(&self) -> usize {
        3 * (self.spec.size as usize).pow(2)
    }

    /// Leaves the cells at these ascending positions.
    fn keep(&mut self, positions: &[usize]) {
        self.areas = positions.iter().map(|i| self.areas[*i]).collect();
        self.places = positions.iter().map(|i| self.places[*i]).collect();
    }
}
