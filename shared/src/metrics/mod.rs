//! Figures by which a classifier is judged. The headline is the weighted F1 of the C-NMC challenge.

mod confusion_matrix;
mod interval;
mod ranking;
mod reliability;

pub use confusion_matrix::ConfusionMatrix;
pub use interval::{Interval, bootstrap_over_subjects, wilson};
pub use ranking::{RocPoint, auc, macro_auc, roc_curve};
pub use reliability::{ReliabilityBin, expected_calibration_error, reliability};
