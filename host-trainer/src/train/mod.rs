//! From a data set and a recipe to the weights of the best epoch.

mod augmentation;
mod average;
mod batches;
mod bench;
mod blur;
mod checkpoint;
mod checkpoint_settings;
mod compute;
mod descent;
mod device_augmentation;
mod drawn;
mod early_stopping;
mod epoch_record;
mod event;
mod failure;
mod feed;
mod find;
mod inputs;
mod interrupt;
mod loss;
mod losses;
mod memory;
mod mixup;
mod old_states;
mod optimisation;
mod optimiser;
mod overrides;
mod pace;
mod paper;
mod pass;
mod placement;
mod preflight;
mod pretrained;
mod recipe;
mod records;
mod resample;
mod run;
mod sampling;
mod schedule;
mod session;
mod shorten;
mod stage_progress;
mod stages;
mod stopped;

pub use augmentation::{Augmentation, Place as AugmentationPlace, Rotation};
pub use bench::{Bench, BenchRound};
pub use checkpoint_settings::Checkpoints;
pub use compute::{Compute, Precision};
pub use early_stopping::{EarlyStopping, StoppingMetric};
pub use epoch_record::{EpochRecord, ValidationFigures};
pub use event::Event;
pub use find::{RECIPES, find_recipe, recipes_below};
pub use interrupt::Interrupt;
pub use loss::{Loss, LossKind, Output};
pub use optimisation::Optimisation;
pub use optimiser::{Optimiser, OptimiserKind, OptimiserSettings};
pub use overrides::Override;
pub use pace::Pace;
pub use paper::Paper;
pub use placement::Fill;
pub use pretrained::Pretrained;
pub use recipe::{CalibrationSettings, NetworkChoice, Recipe, ThresholdRule};
pub use run::{Run, RunDescription};
pub use sampling::{Sampler, Sampling};
pub use schedule::{OneCycle, Place, RateStep, Schedule, learning_rate};
pub use session::Session;
pub use stages::{Stage, Trained};
pub use stopped::Stopped;

#[cfg(test)]
mod loss_tests;
#[cfg(test)]
mod recipe_tests;
#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod stage_tests;
#[cfg(test)]
mod step_tests;
#[cfg(test)]
mod tests;
