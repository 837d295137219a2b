//! How good a network is on subjects that it never saw, beside what cell area alone can do.

mod area_baseline;
mod calibrate;
mod cross_validation;
mod figures;
mod picture;
mod predict;
mod prediction;
mod protocol;
mod report;
mod threshold;

pub use area_baseline::AreaBaseline;
pub use calibrate::{check_threshold, fit_calibration};
pub use cross_validation::{CrossValidation, FoldFigures, Spread};
pub use figures::{Figure, Figures, LabelFigures, Scored};
pub(crate) use picture::svg;
pub use picture::{SpreadRow, draw_report, draw_spreads};
pub use predict::predict;
pub use prediction::{Prediction, read_predictions, write_predictions};
pub use protocol::{OPTIMISTIC, Protocol};
pub(crate) use report::write_json;
pub use report::{Report, SubjectFigures, Unidentified, evaluate_run, read_calibration};
pub use threshold::best_threshold;

#[cfg(test)]
mod tests;
