use serde::{Deserialize, Serialize};

/// A data set that cells of a pack come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CellSource {
    /// Short name, as it stands with each cell.
    pub name: String,
    /// As people name it.
    pub title: String,
    /// Its licence.
    pub licence: String,
    /// How it is cited.
    pub citation: String,
    /// Its cells in the pack.
    pub cells: u64,
}
