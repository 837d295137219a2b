use super::{EnsemblePlan, Member};
use crate::evaluate::read_calibration;
use crate::train::{Distillation, Run, TeacherChoice};
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use std::path::{Path, PathBuf};

/// Teachers that all count alike, for the key `distillation` of a student's recipe.
pub(crate) fn distil_from_runs(runs: &[PathBuf]) -> Result<Distillation, Error> {
    let weight = 1.0 / runs.len().max(1) as f64;
    by_votes(&runs.iter().map(|r| (r.clone(), weight)).collect::<Vec<_>>())
}

/// The members of an `ensemble.json` by their weights, those of weight 0 left out; refuses members that
/// were trained anew since.
pub(crate) fn distil_from_ensemble(path: &Path) -> Result<Distillation, Error> {
    let plan = EnsemblePlan::read(path)?;
    let votes: Vec<(PathBuf, f64)> = plan.votes(path);
    for ((folder, _), member) in votes.iter().zip(&plan.members) {
        if Member::open(folder)?.sha256 != member.sha256 {
            return Err(Error::new(
                ErrorKind::Run,
                format!(
                    "{} was trained again since {} was made: make the ensemble again",
                    folder.display(),
                    path.display()
                ),
            ));
        }
    }
    by_votes(&votes.into_iter().filter(|v| v.1 > 0.0).collect::<Vec<_>>())
}

fn by_votes(votes: &[(PathBuf, f64)]) -> Result<Distillation, Error> {
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
    Ok(Distillation {
        temperature: Distillation::TEMPERATURE,
        alpha: Distillation::ALPHA,
        features: 0.0,
        teachers: teachers.collect::<Result<_, Error>>()?,
    })
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
