//! A data set or a collection straight from its folder, for tests.

use super::choice::DataChoice;
use super::collection::Collection;
use super::data_set::DataSet;
use super::listing::list;
use super::read_cells::Unreadable;
use crate::Error;
use blastscope_shared::preprocess::InputSpec;
use std::path::Path;

impl Collection {
    /// Reads names and, where the index gives no sha256, the bytes of the files; decodes nothing.
    pub(crate) fn read(root: &Path, choice: &DataChoice) -> Result<Self, Error> {
        Self::of(root, list(root, choice)?)
    }
}

impl DataSet {
    /// Reads a data folder and brings every picture to `spec`. With a `cache` folder the inputs are kept
    /// there.
    pub(crate) fn load(
        root: &Path,
        choice: &DataChoice,
        spec: &InputSpec,
        cache: Option<&Path>,
        unreadable: Unreadable,
    ) -> Result<Self, Error> {
        Self::of(root, list(root, choice)?, spec, cache, unreadable)
    }
}
