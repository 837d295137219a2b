//! The run store: what was trained with which recipe on which data, and what came out.
//!
//! The folders of the runs are the truth; each holds its own `record.json`. The store is an index over them, one
//! SQLite file that `runs index` makes anew from the folders.

mod best;
mod compare;
mod environment;
mod folder;
mod place;
mod record;
mod recorder;
mod revision;
mod row;
mod schema;
mod store;
mod walk;

pub(crate) use best::better;
pub use best::{Ranked, Side, is_smaller_better, rank};
pub(crate) use compare::spreads;
pub use compare::{Column, Comparison, compare, flatten};
pub use environment::Environment;
pub use place::{DEFAULT_STORE, STORE_VARIABLE, store_for};
pub use record::{Belongs, Record, State};
pub use recorder::Recorder;
pub use revision::revision;
pub use row::{Row, SideFigures};
pub use store::RunStore;
pub use walk::runs_below;

#[cfg(test)]
mod tests;
