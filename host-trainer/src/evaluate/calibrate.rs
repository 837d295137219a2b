use super::best_threshold;
use crate::train::{CalibrationSettings, ThresholdRule};
use crate::{Error, ErrorKind};
use blastscope_shared::calibration::{Calibration, fit_abstention, fit_temperature};

/// Temperature, threshold and abstention band of validation cells: `logits`, one row a cell.
pub(crate) fn fit_calibration(
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
    if logits.iter().any(|row| row.len() > 2) {
        return fit_more(logits, calibration, settings);
    }
    let first: Option<Vec<f32>> = logits
        .iter()
        .map(|row| calibration.probabilities(row)?.first().copied())
        .collect();
    let first = first.ok_or_else(not_finite)?;
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

/// With more than two labels no threshold flips a decision: a cell is unidentified where its largest
/// probability is below the upper end of the band, which leaves out at most the share allowed.
fn fit_more(
    logits: &[Vec<f32>],
    mut calibration: Calibration,
    settings: &CalibrationSettings,
) -> Result<Calibration, Error> {
    let labels = logits.first().map_or(2, Vec::len);
    check_threshold(settings, labels)?;
    let largest = |row: &Vec<f32>| {
        let p = calibration.probabilities(row)?;
        Some(p.into_iter().fold(0.0, f32::max))
    };
    let largest: Vec<f32> = logits
        .iter()
        .map(largest)
        .collect::<Option<_>>()
        .ok_or_else(not_finite)?;
    let allowed = (largest.len() as f64 * settings.abstain_share).floor() as usize;
    // No largest probability is below that of a guess.
    let guess = 1.0 / labels as f32;
    let left_out = |high: f32| largest.iter().filter(|p| **p < high).count();
    let steps = (1..=100u8).map(|s| f32::from(s) / 100.0);
    let high = steps
        .filter(|h| *h > guess && left_out(*h) <= allowed)
        .fold(guess, f32::max);
    calibration.threshold = guess;
    calibration.abstain = [0.0, high];
    calibration.check()?;
    Ok(calibration)
}

/// Refuses a threshold fitted on more than two labels: there is none.
pub(crate) fn check_threshold(settings: &CalibrationSettings, labels: usize) -> Result<(), Error> {
    if labels == 2 || settings.threshold == ThresholdRule::Half {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Recipe,
        format!(
            "calibration.threshold = \"weighted-f1\" needs two labels, and the data have {labels}: set it to \"half\""
        ),
    ))
}

fn not_finite() -> Error {
    Error::new(
        ErrorKind::Network,
        "the network gives logits that are not finite: train it again with a lower learning rate",
    )
}
