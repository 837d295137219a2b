//! How often the classifier errs, measured as the device uses it.

use crate::evaluate::{Prediction, Protocol};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::metrics::{MeasuredShare, Performance};
use std::collections::BTreeMap;

/// Sensitivity and specificity for the first label among identified held-out cells, decided by the calibration
/// that the package carries, with standard errors over subjects. `None` unless the folds kept subjects apart
/// and each side has cells of three subjects or more.
pub(crate) fn performance(
    predictions: &[Prediction],
    calibration: &Calibration,
    protocol: &Protocol,
) -> Option<Performance> {
    if !protocol.is_by_subject() || protocol.without_subjects {
        return None;
    }
    // Right answers and cells of each subject: of the first label, and of the others.
    let mut sides: [BTreeMap<&str, (u64, u64)>; 2] = Default::default();
    for cell in predictions {
        let Some(class) = calibration.judge(&cell.logits).and_then(|v| v.class) else {
            continue;
        };
        let is_first = cell.label == 0;
        let (right, all) = sides[usize::from(!is_first)].entry(&cell.group).or_default();
        *right += u64::from((class == 0) == is_first);
        *all += 1;
    }
    let [sensitivity, specificity] =
        sides.map(|of| MeasuredShare::over_subjects(&of.into_values().collect::<Vec<_>>()));
    Some(Performance {
        sensitivity: sensitivity?,
        specificity: specificity?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(group: &str, label: usize, logit: f32) -> Prediction {
        Prediction {
            file: String::new(),
            group: group.into(),
            label,
            area: None,
            logits: vec![logit, 0.0],
            probability: 0.5,
            confidence: 0.5,
            decision: 0,
            class: None,
            by_area: None,
            probabilities: Vec::new(),
        }
    }

    #[test]
    fn the_released_threshold_decides_and_unidentified_cells_have_no_part() {
        let calibration = Calibration {
            temperature: 1.0,
            threshold: 0.5,
            abstain: [0.4, 0.6],
        };
        let mut cells = Vec::new();
        for subject in ["1", "2", "3"] {
            cells.extend([3.0, 2.0, 0.0, -3.0].map(|logit| cell(subject, 0, logit)));
            cells.extend([-3.0, 3.0].map(|logit| cell(&format!("H{subject}"), 1, logit)));
        }
        let p = performance(&cells, &calibration, &Protocol::default()).unwrap();
        assert_eq!((p.sensitivity.cells, p.sensitivity.subjects), (9, 3));
        assert!((p.sensitivity.share - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((p.specificity.share, p.specificity.cells), (0.5, 6));
        assert_eq!(
            performance(&cells[..12], &calibration, &Protocol::default()),
            None,
            "two subjects"
        );
    }
}
