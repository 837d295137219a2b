//! A run's row, read from its folder.

use super::row::{Row, SideFigures};
use super::{Record, RunOrigin, State};
use crate::evaluate::Report;
use crate::train::Run;
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use serde_json::Value;
use std::fs;
use std::path::Path;

impl Row {
    /// Reads the run in `folder`. Of runs that were written before there were records, time and place stay unknown.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, Error> {
        let folder = fs::canonicalize(folder).map_err(|e| Error::io("read", folder, e))?;
        let run = Run::open(&folder)?;
        let record = Record::read(&folder)?;
        let (recipe, description) = (run.recipe(), run.description());
        let text = recipe.to_toml()?;
        let epochs = epochs(&folder)?;
        let report = folder.join("report.json");
        let test = if report.exists() {
            test_figures(&Report::read(&report)?)?
        } else {
            SideFigures::new()
        };
        let finished = run.is_finished()?;
        let plain = || {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let beside = folder.join("../split.json").exists();
            match description.fold {
                Some(fold) if beside && *name == format!("fold-{fold}") => {
                    RunOrigin::to("cross-validate", Some(".."))
                }
                _ => RunOrigin::alone(),
            }
        };
        let origin = record.as_ref().map_or_else(plain, |r| r.origin.clone());
        let group = origin.group.as_ref().map(|up| folder.join(up));
        // A group that is gone has no name of its own any more.
        let group = group
            .and_then(|g| fs::canonicalize(g).ok())
            .map(|g| g.to_string_lossy().into_owned());
        let plain_state = if finished {
            State::Finished
        } else {
            State::Interrupted
        };
        let shown = folder.to_string_lossy().into_owned();
        Ok(Self {
            id: record.as_ref().map_or_else(
                || sha256_hex(format!("{shown}\n{text}").as_bytes())[..8].to_owned(),
                |r| r.id.clone(),
            ),
            folder: shown,
            name: recipe.name.clone(),
            recipe: text,
            protocol: origin.protocol,
            group,
            point: origin.point,
            fold: description.fold,
            seed: recipe.seed,
            data: description.data.clone(),
            revision: record.as_ref().map(|r| r.revision.clone()),
            environment: record.as_ref().map(|r| r.environment.clone()),
            started: record.as_ref().map(|r| r.started.clone()),
            ended: record.as_ref().and_then(|r| r.ended.clone()),
            state: record.as_ref().map_or(plain_state, |r| r.state),
            problem: record.as_ref().and_then(|r| r.problem.clone()),
            process: record.and_then(|r| r.process),
            epochs: epochs.len(),
            steps: epochs.last().and_then(|e| e["steps"].as_u64()).unwrap_or(0),
            seconds: epochs.iter().filter_map(|e| e["seconds"].as_f64()).sum(),
            validation: validation_figures(&epochs),
            test,
        })
    }
}

/// The lines of `metrics.jsonl`. A last line that was cut off by a power cut is left out: its epoch was not
/// committed either.
fn epochs(folder: &Path) -> Result<Vec<Value>, Error> {
    let path = folder.join("metrics.jsonl");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|l| serde_json::from_str(l).ok())
            .collect()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(Error::io("read", &path, e)),
    }
}

/// Of the best epoch so far.
fn validation_figures(epochs: &[Value]) -> SideFigures {
    let kept = epochs.iter().rev().find(|e| e["best"] == Value::Bool(true));
    let figures = kept.and_then(|e| e["validation"].as_object());
    let numbers = figures.into_iter().flatten();
    numbers
        .filter_map(|(name, v)| Some((name.clone(), v.as_f64()?)))
        .collect()
}

fn test_figures(report: &Report) -> Result<SideFigures, Error> {
    let value = serde_json::to_value(&report.network.values)
        .and_then(serde_json::from_value)
        .map_err(|e| Error::with_source(ErrorKind::Run, "a report has a figure that is not a number", e))?;
    Ok(value)
}
