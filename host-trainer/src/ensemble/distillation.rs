use super::{EnsemblePlan, Member};
use crate::evaluate::read_calibration;
use crate::train::Run;
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The key `distillation` of a recipe: who teaches, and how much of the loss is theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// What the logits of student and teachers are divided by where they are compared, 1 to 100.
    #[serde(default = "Distillation::usual_temperature")]
    pub temperature: f64,
    /// Share of the teachers in the loss, 0 to 1; the rest is that of the labels.
    #[serde(default = "Distillation::usual_alpha")]
    pub alpha: f64,
    /// Weight of the distance between the features of student and teachers, 0 to 1000; 0: they are not compared.
    #[serde(default)]
    pub features: f64,
    /// Who teaches.
    pub teachers: Vec<TeacherChoice>,
}

/// One teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherChoice {
    /// Folder of its run.
    pub run: String,
    /// Hex sha256 of its `best.safetensors`: a run that goes on is taught by the same.
    pub sha256: String,
    /// Its logits are divided by this to be calibrated: that of its `calibration.json`.
    pub temperature: f32,
    /// Share of its vote; those of all sum to 1.
    pub weight: f64,
}

impl Distillation {
    /// Temperature where the recipe says none: of the range 2.5 to 4 that worked best for small students in
    /// Hinton, Vinyals and Dean 2015.
    pub const TEMPERATURE: f64 = 4.0;

    /// Share where the recipe says none: "a considerably lower weight" for the labels (ibid.).
    pub const ALPHA: f64 = 0.9;

    fn usual_temperature() -> f64 {
        Self::TEMPERATURE
    }

    fn usual_alpha() -> f64 {
        Self::ALPHA
    }

    /// Teachers that all count alike.
    pub fn by_runs(runs: &[PathBuf]) -> Result<Self, Error> {
        let weight = 1.0 / runs.len().max(1) as f64;
        Self::by_votes(&runs.iter().map(|r| (r.clone(), weight)).collect::<Vec<_>>())
    }

    /// The members of an `ensemble.json` by their weights, those of weight 0 left out; refuses members that
    /// were trained anew since.
    pub fn by_ensemble(path: &Path) -> Result<Self, Error> {
        let plan = EnsemblePlan::read(path)?;
        let votes: Vec<(PathBuf, f64)> = plan.votes(path);
        for ((folder, _), member) in votes.iter().zip(&plan.members) {
            if Member::open(folder)?.sha256 != member.sha256 {
                return Err(Error::new(
                    ErrorKind::Run,
                    format!(
                        "{} was trained anew since {} was made: make the ensemble anew",
                        folder.display(),
                        path.display()
                    ),
                ));
            }
        }
        Self::by_votes(&votes.into_iter().filter(|v| v.1 > 0.0).collect::<Vec<_>>())
    }

    fn by_votes(votes: &[(PathBuf, f64)]) -> Result<Self, Error> {
        let teachers = votes.iter().map(|(folder, weight)| {
            let run = Run::open(folder)?;
            let whole = folder.canonicalize().map_err(|e| Error::io("find", folder, e))?;
            let name = whole.to_str().ok_or_else(|| {
                let message = format!("{}: the path is not UTF-8; rename it", whole.display());
                Error::new(ErrorKind::Run, message)
            })?;
            Ok(TeacherChoice {
                run: name.to_owned(),
                sha256: sha256_of(&run)?,
                temperature: temperature_of(&run)?,
                weight: *weight,
            })
        });
        Ok(Self {
            temperature: Self::TEMPERATURE,
            alpha: Self::ALPHA,
            features: 0.0,
            teachers: teachers.collect::<Result<_, Error>>()?,
        })
    }

    /// Refuses numbers outside the ranges above, and a student without teachers.
    pub fn check(&self) -> Result<(), Error> {
        let sum: f64 = self.teachers.iter().map(|t| t.weight).sum();
        for (sound, what) in [
            ((1.0..=100.0).contains(&self.temperature), "temperature: 1 to 100"),
            ((0.0..=1.0).contains(&self.alpha), "alpha: 0 to 1"),
            ((0.0..=1000.0).contains(&self.features), "features: 0 to 1000"),
            (!self.teachers.is_empty(), "teachers: at least one"),
            (
                self.teachers
                    .iter()
                    .all(|t| t.temperature.is_finite() && t.temperature > 0.0),
                "teachers.temperature: above 0",
            ),
            (
                self.teachers.iter().all(|t| t.weight > 0.0) && (sum - 1.0).abs() < 1e-6,
                "teachers.weight: above 0, with sum 1",
            ),
        ] {
            if !sound {
                return Err(Error::new(
                    ErrorKind::Recipe,
                    format!("out of range: distillation.{what}"),
                ));
            }
        }
        Ok(())
    }

    /// True where a student of another recipe is taught in the same way, whoever teaches it.
    pub fn is_like(one: Option<&Self>, other: Option<&Self>) -> bool {
        let numbers = |d: &Self| (d.temperature, d.alpha, d.features);
        one.map(numbers) == other.map(numbers)
    }
}

fn temperature_of(run: &Run) -> Result<f32, Error> {
    let (folder, path) = (run.folder().display(), run.folder().join("calibration.json"));
    if path.exists() {
        return Ok(read_calibration(&path)?.temperature);
    }
    Err(Error::new(
        ErrorKind::Run,
        format!(
            "teacher {folder}: it has not been evaluated: give `blastscope-train evaluate --run {folder} --data DIR` \
             first"
        ),
    ))
}

pub(super) fn sha256_of(run: &Run) -> Result<String, Error> {
    let path = run.best_path();
    let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
    Ok(sha256_hex(&bytes))
}
