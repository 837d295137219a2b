use super::best_threshold;
use crate::train::{CalibrationSettings, ThresholdRule};
use crate::{Error, ErrorKind};
use blastscope_shared::calibration::{Calibration, fit_abstention, fit_temperature};

/// Temperature, threshold and abstention band of validation cells: `logits`, one row a cell.
pub fn fit_calibration(
    logits: &[Vec<f32>],
    labels: &[usize],
    settings: &CalibrationSettings,
) -> Result<Calibration, Error> {
    if logits.is_empty() {
        return Err(Error::new(
            ErrorKind::Split,
            "no validation cells to calibrate on: give a split with a validation side",
        ));
    }
    let mut calibration = Calibration {
        temperature: fit_temperature(logits, labels),
        ..Calibration::identity()
    };
    let first: Option<Vec<f32>> = logits
        .iter()
        .map(|row| calibration.probabilities(row)?.first().copied())
        .collect();
    let first = first.ok_or_else(|| {
        Error::new(
            ErrorKind::Network,
            "the network gives logits that are not finite: train it anew with a lower learning rate",
        )
    })?;
    if settings.threshold == ThresholdRule::WeightedF1 {
        let scores: Vec<(f64, bool)> = first
            .iter()
            .zip(labels)
            .map(|(p, l)| (f64::from(*p), *l == 0))
            .collect();
        let fitted = best_threshold(&scores).unwrap_or(0.5);
        calibration.threshold = fitted.clamp(0.01, 0.99) as f32;
    }
    calibration.abstain = fit_abstention(&first, calibration.threshold, settings.abstain_share);
    calibration.check()?;
    Ok(calibration)
}
