use super::cross_validation::area_sign;
use super::{CrossValidation, Prediction, Report, read_predictions};
use crate::train::Run;
use crate::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// An evaluated run or a gathered cross-validation, as it lies on disk.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(super) folder: PathBuf,
    pub(super) report: Report,
    pub(super) folds: Option<CrossValidation>,
    pub(super) parts: Vec<Part>,
}

/// A run with what it says of its test cells.
#[derive(Debug)]
pub(crate) struct Part {
    /// The run.
    pub run: Run,
    /// Its test cells.
    pub predictions: Vec<Prediction>,
}

impl Evaluated {
    /// Opens the folder of an evaluated run, or of a cross-validation. What reports written by earlier
    /// versions lack is computed from the predictions; nothing is written.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let folds = folder.join("cross_validation.json").exists();
        let folds = folds.then(|| CrossValidation::read(folder)).transpose()?;
        let folders = match &folds {
            Some(f) => f
                .folds
                .iter()
                .map(|f| CrossValidation::fold_folder(folder, f.fold))
                .collect(),
            None if folder.join("report.json").exists() => vec![folder.to_owned()],
            None => {
                return Err(Error::new(
                    ErrorKind::Run,
                    format!(
                        "{} holds neither report.json nor cross_validation.json: give the folder of a run after \
                         `evaluate`, or of a `cross-validate` that has ended",
                        folder.display()
                    ),
                ));
            }
        };
        let part = |folder: &PathBuf| {
            let run = Run::open(folder)?;
            let labels = &run.description().labels;
            let predictions = read_predictions(&folder.join("predictions.csv"), labels)?;
            Ok(Part { run, predictions })
        };
        let parts = folders.iter().map(part).collect::<Result<Vec<_>, Error>>()?;
        let report = match &folds {
            Some(f) => f.pooled.clone(),
            None => Report::read(&folder.join("report.json"))?,
        };
        let mut evaluated = Self {
            folder: folder.to_owned(),
            report,
            folds,
            parts,
        };
        evaluated.complete();
        Ok(evaluated)
    }

    fn complete(&mut self) {
        let old = |r: &Report| r.uncalibrated_ece.is_none();
        if !old(&self.report) {
            return;
        }
        let tested: Vec<Prediction> = self.predictions().cloned().collect();
        self.report = Report::new(
            self.report.title.clone(),
            &self.report.labels,
            &self.report.calibration,
            &tested,
            area_sign(&tested),
            self.report.protocol,
        );
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Figures of all its test cells.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// Figures over folds, of a cross-validation.
    pub(crate) fn folds(&self) -> Option<&CrossValidation> {
        self.folds.as_ref()
    }

    /// Its runs: one, or one a fold.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All test cells.
    pub(crate) fn predictions(&self) -> impl Iterator<Item = &Prediction> {
        self.parts.iter().flat_map(|p| &p.predictions)
    }
}
