//! From a folder of pictures to labelled crops, subject groups and splits.

mod all_idb;
mod cache;
mod centroids;
mod choice;
mod class_folders;
mod collection;
mod data_set;
mod decode;
mod file_name;
mod index_csv;
mod listing;
mod look;
mod official_folders;
mod pack;
mod pictures;
mod random_folds;
mod read_cells;
mod split;
mod split_plan;
mod subject_groups;

pub use centroids::crop_blasts;
pub use choice::{DataChoice, Layout};
pub use collection::{Cell, Collection, DroppedCopy};
pub use data_set::{DataSet, Unreadable};
pub use decode::{crop_of_picture, decode_picture};
pub use file_name::{CellName, parse_cell_name};
pub use listing::{Listed, Listing, list};
pub use pack::{Coding, PackRequest, Packed, pack};
pub use split::{Fold, SharedSubjects, Split};
pub use split_plan::{SplitPlan, SplitUnit};

use look::look_of;

#[cfg(test)]
pub(crate) use blastscope_tests::drawn_cells;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod tests;
