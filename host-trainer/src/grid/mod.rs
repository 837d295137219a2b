//! A grid: every combination of some values of a recipe, over folds and seeds.

mod axis;
mod file;
mod learning_rate;
mod plan;
mod result;

pub use axis::Axis;
pub use file::{Folds, GridFile};
pub use plan::{Point, points};
pub use result::{GridResult, GridRun, PointResult};

#[cfg(test)]
mod tests;
