//! From a folder of pictures to labelled crops, subject groups and splits.

mod all_idb;
mod cache;
mod cell_source;
mod centroids;
mod choice;
mod class_folders;
mod collection;
mod crop_blasts;
mod cut;
mod data_set;
mod decode;
mod detect_layout;
mod file_name;
mod fold;
mod index_csv;
mod listed;
mod listing;
mod official_folders;
mod pack;
mod pictures;
mod random_folds;
mod read_cells;
mod split;
mod split_plan;
mod split_unit;
mod subject_folds;
mod subject_groups;

pub(crate) use choice::{DataChoice, Layout};
pub(crate) use collection::{Cell, Collection, DroppedCopy};
pub(crate) use crop_blasts::crop_blasts;
pub(crate) use cut::{CutRequest, SourceList, cut};
pub(crate) use data_set::DataSet;
pub use decode::{crop_of_picture, decode_picture};
pub(crate) use fold::Fold;
pub(crate) use listed::Listing;
pub(crate) use listing::list;
pub(crate) use pack::{Coding, PackRequest, pack};
pub(crate) use read_cells::Unreadable;
pub(crate) use split::Split;
pub(crate) use split_plan::SplitPlan;
pub(crate) use split_unit::SplitUnit;

#[cfg(test)]
pub(crate) use blastscope_tests::drawn_cells;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod of_folder;
#[cfg(test)]
mod split_tests;
#[cfg(test)]
mod tests;
