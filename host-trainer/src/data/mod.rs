//! From a folder of pictures to labelled crops, subject groups and splits.

mod cell_cache;
mod collection;
mod data_set;
mod decode;
mod file_name;
mod index_csv;
mod official_folders;
mod split;
mod split_plan;
mod subject_groups;

pub use collection::{Cell, Collection, DroppedCopy, Listed, list};
pub use data_set::{DataSet, Unreadable};
pub use decode::{crop_of_picture, decode_picture};
pub use file_name::{CellName, parse_cell_name};
pub use split::{Fold, Split};
pub use split_plan::SplitPlan;

#[cfg(test)]
pub(crate) use blastscope_tests::drawn_cells;
#[cfg(test)]
mod tests;
