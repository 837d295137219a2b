//! A grid: every combination of some values of a recipe, over folds and seeds.

mod axis;
mod file;
mod learning_rate;
mod plan;
mod result;

pub(crate) use axis::Axis;
pub(crate) use file::{Folds, GridFile};
pub(crate) use plan::{Point, points};
pub(crate) use result::{GridResult, GridRun, PointResult};

#[cfg(test)]
mod tests;
