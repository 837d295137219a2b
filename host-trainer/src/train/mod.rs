//! From a data set and a recipe to the weights of the best epoch.

mod adam;
mod augmentation;
mod average;
mod batches;
mod blur;
mod checkpoint;
mod early_stopping;
mod epoch_record;
mod recipe;
mod run;
mod sampling;
mod schedule;
mod session;

pub use adam::{Adam, AdamSettings};
pub use augmentation::{Augmentation, Rotation};
pub use early_stopping::{EarlyStopping, StoppingMetric};
pub use epoch_record::{EpochRecord, ValidationFigures};
pub use recipe::{CalibrationSettings, NetworkChoice, Optimisation, Recipe, ThresholdRule};
pub use run::{Run, RunDescription};
pub use sampling::{Sampler, Sampling};
pub use schedule::learning_rate;
pub(crate) use session::input_tensor;
pub use session::{Session, Stopped};

#[cfg(test)]
mod tests;
