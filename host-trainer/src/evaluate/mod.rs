//! How good a network is on subjects that it never saw, beside what cell area alone can do.

mod area_baseline;
mod calibrate;
pub(crate) mod card_text;
mod comparison;
mod cross_validation;
mod discrimination;
mod evaluated;
mod figures;
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

pub use area_baseline::AreaBaseline;
pub use calibrate::{check_threshold, fit_calibration};
pub use comparison::Comparison;
pub use cross_validation::{CrossValidation, FoldFigures, Spread};
pub use discrimination::{BandPoint, Discrimination, OperatingPoint};
pub use evaluated::{Evaluated, Part};
pub use figures::{Figure, Figures, LabelFigures, Scored};
pub use mcnemar::McNemar;
pub use page::write_page;
pub(crate) use picture::svg;
pub use picture::{SpreadRow, draw_report, draw_spreads};
pub use prediction::{Prediction, read_predictions, write_predictions};
pub use protocol::{OPTIMISTIC, Protocol};
pub(crate) use report::write_json;
pub use report::{Report, Unidentified, evaluate_run, read_calibration};
pub use subjects::{SubjectAccuracy, SubjectFigures};
pub use threshold::best_threshold;

#[cfg(test)]
mod comparison_tests;
#[cfg(test)]
mod tests;
