use crate::data::DataSet;
use crate::evaluate::{
    AreaBaseline, Figure, Prediction, Scored, fit_calibration, read_calibration, read_predictions,
    write_json, write_predictions,
};
use crate::network::predict;
use crate::train::{Recipe, Run, RunDescription};
use crate::{Error, ErrorKind};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::package::sha256_hex;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A trained run with what it says of its own validation cells, on which it was not trained.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Folder of the run.
    pub folder: PathBuf,
    /// Hex sha256 of `best.safetensors`.
    pub sha256: String,
    /// How it was trained.
    pub recipe: Recipe,
    /// On what.
    pub description: RunDescription,
    /// Fitted on its validation cells.
    pub calibration: Calibration,
    /// Its validation cells, judged.
    pub validation: Vec<Prediction>,
}

/// What a member is worth on its own validation cells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValidationWorth {
    /// Validation cells.
    pub cells: usize,
    /// Share decided right.
    pub accuracy: f64,
    /// Of the first of two labels; of more, the mean over labels.
    pub f1: f64,
    /// Cohen's.
    pub kappa: f64,
    /// Mean of -ln of the calibrated probability of the true label.
    pub log_loss: f64,
}

impl Member {
    /// Opens a finished run whose validation cells were judged: by [`validate_run`] or by `evaluate`. Test
    /// cells are not looked at.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let run = Run::open(folder)?;
        let refuse = |why: &str| Err(Error::new(ErrorKind::Run, format!("{}: {why}", folder.display())));
        if !run.is_finished()? {
            return refuse("has not ended: give the same `train` again to go on");
        }
        if run.description().subjects.validation.is_empty() {
            return refuse(
                "was trained without validation cells (--all), so nothing says what it is worth: give runs of folds",
            );
        }
        let (validation, calibration) = (folder.join("validation.csv"), folder.join("calibration.json"));
        if !validation.exists() || !calibration.exists() {
            return refuse(&format!(
                "has not been evaluated: give `blastscope-train evaluate --run {} --data DIR` first",
                folder.display()
            ));
        }
        let weights = run.best_path();
        let bytes = std::fs::read(&weights).map_err(|e| Error::io("read", &weights, e))?;
        Ok(Self {
            folder: folder.to_owned(),
            sha256: sha256_hex(&bytes),
            recipe: run.recipe().clone(),
            description: run.description().clone(),
            calibration: read_calibration(&calibration)?,
            validation: read_predictions(&validation, &run.description().labels)?,
        })
    }

    /// Largest learning rate of the recipe.
    pub(crate) fn learning_rate(&self) -> f64 {
        self.recipe.optimisation.learning_rate
    }

    /// Calibrated probability of the true label of each validation cell.
    pub(crate) fn true_probabilities(&self) -> Result<Vec<f64>, Error> {
        let of = |p: &Prediction| {
            let all = self.calibration.probabilities(&p.logits)?;
            all.get(p.label).map(|p| f64::from(*p))
        };
        let all: Option<Vec<f64>> = self.validation.iter().map(of).collect();
        all.ok_or_else(|| self.refuse("validation.csv holds logits that are not finite: train it again"))
    }

    /// What it is worth on its own validation cells; refused where they are of one label alone.
    pub(crate) fn worth(&self) -> Result<ValidationWorth, Error> {
        let cells: Vec<Scored<'_>> = self.validation.iter().map(Prediction::scored).collect();
        let labels = self.description.labels.len();
        let f1 = if labels == 2 { Figure::F1 } else { Figure::MacroF1 };
        let of = |figure: Figure| {
            figure
                .of(&cells, labels)
                .ok_or_else(|| self.refuse("its validation cells are of one label: make another split"))
        };
        let p = self.true_probabilities()?;
        Ok(ValidationWorth {
            cells: cells.len(),
            accuracy: of(Figure::Accuracy)?,
            f1: of(f1)?,
            kappa: of(Figure::Kappa)?,
            log_loss: super::log_loss_of_mixture(&[p], &[1.0]),
        })
    }

    fn refuse(&self, why: &str) -> Error {
        Error::new(ErrorKind::Run, format!("{}: {why}", self.folder.display()))
    }
}

/// Fits calibration on the validation cells of a finished run and writes `validation.csv` and, last,
/// `calibration.json` into it: the half of `evaluate` that touches no test cell.
pub(crate) fn validate_run(run: &Run, data: &DataSet, device: tch::Device) -> Result<(), Error> {
    run.check_data(data)?;
    let (description, folder) = (run.description(), run.folder());
    let subjects = &description.subjects;
    let network = run.best_network(device)?;
    let validation = data.cells_of(&subjects.validation);
    let known = [data.cells_of(&subjects.train), validation.clone()].concat();
    let baseline = AreaBaseline::of(data, &known);
    let logits = predict(&network, data, &validation)?;
    let truths: Vec<usize> = validation.iter().map(|i| data.cell(*i).label).collect();
    let calibration = fit_calibration(&logits, &truths, &run.recipe().calibration)?;
    let judged = Prediction::judge(data, &validation, logits, &calibration, baseline.as_ref())?;
    write_predictions(&folder.join("validation.csv"), &description.labels, &judged)?;
    write_json(&folder.join("calibration.json"), &calibration)
}
