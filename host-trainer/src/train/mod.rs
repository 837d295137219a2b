//! From a data set and a recipe to the weights of the best epoch.

pub(crate) mod augment;
mod bench;
mod checkpoint;
mod compute;
mod epoch;
mod feed;
mod learner;
mod loss;
mod optimiser;
mod recipe;
mod run;
mod schedule;

pub(crate) use bench::Bench;
pub(crate) use epoch::{EpochRecord, EventLog, ValidationFigures};
pub(crate) use learner::{Event, Interrupt, Learner, Stopped, Teacher};
pub(crate) use loss::{Distillation, SoftTargets, TeacherChoice};
pub(crate) use optimiser::{Optimiser, OptimiserKind};
pub(crate) use recipe::{
    CalibrationSettings, Override, RECIPES, Recipe, ThresholdRule, find_recipe, recipes_below,
};
pub(crate) use run::{Run, RunDescription};
#[cfg(test)]
pub(crate) use schedule::RateStep;
pub(crate) use schedule::Schedule;

#[cfg(test)]
mod tests;
