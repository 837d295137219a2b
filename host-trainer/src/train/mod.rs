//! From a data set and a recipe to the weights of the best epoch.

mod augmentation;
mod average;
mod batches;
mod blur;
mod checkpoint;
mod descent;
mod early_stopping;
mod epoch_record;
mod find;
mod inputs;
mod loss;
mod optimisation;
mod optimiser;
mod outputs;
mod overrides;
mod paper;
mod pass;
mod placement;
mod preflight;
mod pretrained;
mod recipe;
mod run;
mod sampling;
mod schedule;
mod session;
mod shorten;
mod stage_progress;
mod stages;

pub use augmentation::{Augmentation, Rotation};
pub use early_stopping::{EarlyStopping, StoppingMetric};
pub use epoch_record::{EpochRecord, ValidationFigures};
pub use find::{RECIPES, find_recipe, recipes_below};
pub(crate) use inputs::input_tensor;
pub use loss::{Loss, LossKind, Output};
pub use optimisation::Optimisation;
pub use optimiser::{Optimiser, OptimiserKind, OptimiserSettings};
pub(crate) use outputs::label_logits;
pub use overrides::Override;
pub use paper::Paper;
pub use placement::Fill;
pub use pretrained::Pretrained;
pub use recipe::{CalibrationSettings, NetworkChoice, Recipe, ThresholdRule};
pub use run::{Run, RunDescription};
pub use sampling::{Sampler, Sampling};
pub use schedule::{Place, RateStep, Schedule, learning_rate};
pub use session::{Session, Stopped};
pub use stages::{Stage, Trained};

#[cfg(test)]
mod recipe_tests;
#[cfg(test)]
mod stage_tests;
#[cfg(test)]
mod tests;
