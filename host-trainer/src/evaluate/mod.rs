//! How good a network is on subjects that it never saw, beside what cell area alone can do.

mod area_baseline;
mod calibrate;
pub(crate) mod card_text;
mod comparison;
mod cross_validation;
mod discrimination;
mod evaluate_run;
mod evaluated;
mod figures;
mod gather_folds;
mod mcnemar;
mod page;
mod picture;
mod prediction;
mod protocol;
mod report;
mod saliency;
mod subjects;
mod threshold;
mod worst;

pub(crate) use area_baseline::AreaBaseline;
pub(crate) use calibrate::{check_threshold, fit_calibration};
pub(crate) use comparison::Comparison;
pub(crate) use cross_validation::{CrossValidation, Spread};
pub(crate) use discrimination::{BandPoint, Discrimination};
pub(crate) use evaluate_run::evaluate_run;
pub(crate) use evaluated::{Evaluated, Part};
pub(crate) use figures::{Figure, Figures, Scored};
pub(crate) use mcnemar::McNemar;
pub(crate) use page::write_page;
pub(crate) use picture::svg;
pub(crate) use picture::{SpreadRow, draw_report, draw_spreads};
pub(crate) use prediction::{Prediction, read_predictions, write_predictions};
pub(crate) use protocol::{OPTIMISTIC, Protocol};
pub(crate) use report::write_json;
pub(crate) use report::{Report, read_calibration};
pub(crate) use subjects::{SubjectAccuracy, SubjectFigures};
pub(crate) use threshold::best_threshold;

#[cfg(test)]
mod comparison_tests;
#[cfg(test)]
mod tests;
