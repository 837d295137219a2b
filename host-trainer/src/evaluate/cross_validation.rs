use super::figures::Figure;
use super::prediction::Prediction;
use super::report::Report;
use crate::{Error, ErrorKind};
use blastscope_shared::calibration::Calibration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All folds together: what a release says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CrossValidation {
    /// Stands on everything.
    pub disclaimer: String,
    /// Name of the recipe.
    pub recipe: String,
    /// Fingerprint of the data.
    pub data: String,
    /// Temperature, threshold and band over the validation cells of all folds, each cell judged by the
    /// network that did not train on it.
    pub calibration: Calibration,
    /// Figures of each fold, calibrated on its own validation cells.
    pub folds: Vec<FoldFigures>,
    /// Over the folds.
    pub network: BTreeMap<Figure, Spread>,
    /// Over the folds, cell area alone; empty where it cannot decide.
    pub area: BTreeMap<Figure, Spread>,
    /// All test cells together, with intervals over subjects, or over pictures where there are none.
    pub pooled: Report,
}

/// Figures of one fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FoldFigures {
    /// Number of the fold.
    pub fold: usize,
    /// Epoch of its weights.
    pub best_epoch: Option<usize>,
    /// Test cells.
    pub cells: u64,
    /// The network.
    pub network: BTreeMap<Figure, f64>,
    /// Cell area alone; empty where it cannot decide.
    pub area: BTreeMap<Figure, f64>,
}

/// A figure over folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    /// Mean over folds.
    pub mean: f64,
    /// Standard deviation of a sample of folds (n - 1); 0 for one fold.
    pub sd: f64,
    /// The worst fold.
    pub low: f64,
    /// The best fold.
    pub high: f64,
}

impl Spread {
    /// `None` without values.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Some(Self {
            mean,
            sd: (squares / (n - 1.0).max(1.0)).sqrt(),
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

impl CrossValidation {
    /// Folder of a fold.
    pub(crate) fn fold_folder(folder: &Path, fold: usize) -> PathBuf {
        folder.join(format!("fold-{fold}"))
    }

    /// Reads a `cross_validation.json`.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("cross_validation.json");
        let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
        serde_json::from_slice(&bytes).map_err(|e| {
            let message = format!("{}: {e}; give the same `cross-validate` again", path.display());
            Error::new(ErrorKind::Run, message).caused_by(e)
        })
    }
}

/// The direction in which most cells were decided by area: 1 where large cells are of the first label;
/// `None` where no area decided.
pub(super) fn area_sign(predictions: &[Prediction]) -> Option<f64> {
    let mean = |first: bool| {
        let areas: Vec<f64> = predictions
            .iter()
            .filter(|p| p.by_area.is_some_and(|d| (d == 0) == first))
            .filter_map(|p| p.area)
            .map(|a| a as f64)
            .collect();
        areas.iter().sum::<f64>() / areas.len().max(1) as f64
    };
    let decided = predictions.iter().any(|p| p.by_area.is_some());
    decided.then(|| if mean(true) >= mean(false) { 1.0 } else { -1.0 })
}
