//! The run store: what was trained with which recipe on which data, and what came out.
//!
//! The folders of the runs are the truth; each holds its own `record.json`. The store is an index over them, one
//! SQLite file that `runs index` makes anew from the folders.

mod best;
mod compare;
mod environment;
mod folder;
mod record;
mod recorder;
mod revision;
mod row;
mod schema;
mod side;
mod store;
mod store_path;
mod walk;

pub(crate) use best::better;
pub(crate) use best::{Ranked, is_smaller_better, rank};
pub(crate) use compare::spreads;
pub(crate) use compare::{Column, Comparison, compare, flatten};
pub(crate) use environment::Environment;
pub(crate) use record::{Record, RunOrigin, State};
pub(crate) use recorder::Recorder;
pub(crate) use revision::revision;
pub(crate) use row::{Row, SideFigures};
pub(crate) use side::Side;
pub(crate) use store::RunStore;
pub(crate) use store_path::store_for;
pub(crate) use walk::runs_below;

#[cfg(test)]
mod tests;
