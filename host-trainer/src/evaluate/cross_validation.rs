use super::report::write_json;
use super::{
    Evaluated, Figure, Prediction, Protocol, Report, draw_report, fit_calibration, read_predictions,
    write_page, write_predictions,
};
use crate::train::Run;
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::calibration::Calibration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All folds together: what a release says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
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
pub struct FoldFigures {
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
pub struct Spread {
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
    pub fn of(values: &[f64]) -> Option<Self> {
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
    pub fn fold_folder(folder: &Path, fold: usize) -> PathBuf {
        folder.join(format!("fold-{fold}"))
    }

    /// Gathers `count` evaluated folds and writes `predictions.csv`, `calibration.json`,
    /// `cross_validation.svg`, `cross_validation.json` and, of these and without pictures of cells,
    /// `report.html` into `folder`.
    pub fn gather(folder: &Path, count: usize) -> Result<Self, Error> {
        let runs = (0..count)
            .map(|k| Run::open(&Self::fold_folder(folder, k)))
            .collect::<Result<Vec<_>, _>>()?;
        let Some(first) = runs.first() else {
            return Err(Error::new(ErrorKind::Run, "no folds to gather"));
        };
        let labels = &first.description().labels;
        let mut protocols = Vec::new();
        let (mut folds, mut tested, mut validated): (Vec<_>, Vec<Prediction>, Vec<Prediction>) =
            Default::default();
        for (fold, run) in runs.iter().enumerate() {
            let report = Report::read(&run.folder().join("report.json"))?;
            tested.extend(read_predictions(&run.folder().join("predictions.csv"), labels)?);
            validated.extend(read_predictions(&run.folder().join("validation.csv"), labels)?);
            protocols.push(report.protocol);
            folds.push(FoldFigures {
                fold,
                best_epoch: run.best_epoch()?,
                cells: report.network.cells,
                network: report.network.values,
                area: report.area.map_or_else(BTreeMap::new, |a| a.values),
            });
        }
        let truths: Vec<usize> = validated.iter().map(|p| p.label).collect();
        let logits: Vec<Vec<f32>> = validated.into_iter().map(|p| p.logits).collect();
        let calibration = fit_calibration(&logits, &truths, &first.recipe().calibration)?;

        let protocol = Protocol::together(&protocols);
        let title = protocol.titled(format!("{}, {count} folds pooled", first.recipe().name));
        let gathered = Self {
            disclaimer: DISCLAIMER.into(),
            recipe: first.recipe().name.clone(),
            data: first.description().data.clone(),
            network: spreads(folds.iter().map(|f| &f.network)),
            area: spreads(folds.iter().map(|f| &f.area)),
            folds,
            pooled: Report::new(title, labels, &calibration, &tested, area_sign(&tested), protocol),
            calibration,
        };
        write_predictions(&folder.join("predictions.csv"), labels, &tested)?;
        write_json(&folder.join("calibration.json"), &gathered.calibration)?;
        let picture = draw_report(&gathered.pooled);
        durable_file::write(&folder.join("cross_validation.svg"), picture.as_bytes())?;
        write_json(&folder.join("cross_validation.json"), &gathered)?;
        write_page(&Evaluated::open(folder)?, None)?;
        Ok(gathered)
    }

    /// Reads a `cross_validation.json`.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("cross_validation.json");
        let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
        serde_json::from_slice(&bytes).map_err(|e| {
            let message = format!("{}: {e}; give the same `cross-validate` again", path.display());
            Error::new(ErrorKind::Run, message)
        })
    }
}

fn spreads<'a>(folds: impl Iterator<Item = &'a BTreeMap<Figure, f64>>) -> BTreeMap<Figure, Spread> {
    let mut values: BTreeMap<Figure, Vec<f64>> = BTreeMap::new();
    for (figure, value) in folds.flatten() {
        values.entry(*figure).or_default().push(*value);
    }
    values
        .into_iter()
        .filter_map(|(figure, v)| Some((figure, Spread::of(&v)?)))
        .collect()
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
