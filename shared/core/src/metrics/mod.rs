//! Figures by which a classifier is judged. The headline is the weighted F1 of the C-NMC challenge.

mod confusion_matrix;
mod differential;
mod errors;
mod interval;
mod normal;
mod performance;
mod prevalence;
mod ranking;
mod reliability;

pub use confusion_matrix::ConfusionMatrix;
pub use differential::{Differential, LabelShare, PerHundred, differential};
pub use errors::{MeasuredErrors, SubjectCalls};
pub use interval::{Interval, Z95, bootstrap_over_subjects, wilson, wilson_at};
pub use performance::{MeasuredShare, Performance};
pub use prevalence::{Prevalence, prevalence, prevalence_at};
pub use ranking::{RocPoint, auc, macro_auc, roc_curve};
pub use reliability::{ReliabilityBin, expected_calibration_error, reliability};
