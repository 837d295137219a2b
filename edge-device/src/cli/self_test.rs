//! `blastscope self-test`: does this device do what it should?

use super::options::{ModelOptions, WorkOptions, checked};
use super::output;
use crate::config::Config;
use crate::screen::ClassifierFacts;
use crate::store::{NewSlide, Store};
use crate::{Error, ErrorKind, Result};
use blastscope_inference::{Classifier, ModelName, ModelSource};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;
use blastscope_vision::find::{FoundCell, find_cells};
use blastscope_vision::raster::PreparedField;
use blastscope_vision::synthetic::{DrawnCell, Smear, SmearSettings};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    work: WorkOptions,
    /// One JSON object a check
    #[arg(long)]
    json: bool,
}

/// Share of the drawn cells that the finder must see.
const RECALL: f64 = 0.9;

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut config = arguments.work.config()?;
    arguments.model.over(&mut config);
    let config = checked(config)?;
    let checks = [
        ("model", model(&config)),
        ("finder", finder(&config)),
        ("store", store()),
    ];
    let mut sound = true;
    for (name, result) in checks {
        sound &= result.is_ok();
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(e) => (false, e.to_string()),
        };
        match arguments.json {
            true => output::json_line(&json!({ "check": name, "ok": ok, "detail": detail }))?,
            false => output::line(&format!(
                "{:<4} {name:<7} {detail}",
                if ok { "ok" } else { "FAIL" }
            ))?,
        }
    }
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Every network of the package gives its golden outputs on this processor.
fn model(config: &Config) -> Result<String> {
    let source = ModelSource::resolve(config.model.as_deref(), &config.trusted_keys)?;
    let package = source.open()?;
    let mut told = Vec::new();
    for &precision in &package.manifest().precisions {
        let (_, time) =
            Classifier::check_network(&package, precision).map_err(|e| Error::in_file(&source.package, e))?;
        told.push(format!(
            "{} {:.2} ms a cell",
            precision.name(),
            time.as_secs_f64() * 1e3
        ));
    }
    let manifest = package.manifest();
    Ok(format!(
        "{} {}: golden outputs hold, {}",
        manifest.name,
        manifest.version,
        told.join(", ")
    ))
}

/// The finder sees drawn cells.
fn finder(config: &Config) -> Result<String> {
    let (mut drawn, mut seen) = (0u32, 0u32);
    for number in 0..4 {
        let smear = Smear::draw(&SmearSettings::default(), number, 0.4);
        let found = find_cells(&PreparedField::new(&smear.image), &config.finder);
        let is_seen = |c: &&DrawnCell| {
            let near = |f: &FoundCell| f.bounds.centre().distance(c.centre) < c.reach / 2.0;
            found.cells.iter().any(near)
        };
        let whole = || smear.cells.iter().filter(|c| !c.cut);
        drawn += whole().map(|_| 1).sum::<u32>();
        seen += whole().filter(is_seen).map(|_| 1).sum::<u32>();
    }
    let told = format!("{seen} of {drawn} drawn cells found");
    if f64::from(seen) < RECALL * f64::from(drawn) {
        let message =
            format!("{told}: put the [finder] settings of the configuration back to their defaults");
        return Err(Error::new(ErrorKind::Internal, message));
    }
    Ok(told)
}

/// A database can be written, closed and read again.
fn store() -> Result<String> {
    let name = format!("blastscope-self-test-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let result = write_and_read(&folder);
    let removed = std::fs::remove_dir_all(&folder);
    result?;
    removed
        .map_err(|e| Error::at(ErrorKind::Store, &folder, "cannot be removed: remove it").with_source(e))?;
    Ok("written, closed and read again".to_owned())
}

fn write_and_read(folder: &Path) -> Result<()> {
    let settings = Config::default().counting(&Calibration::identity());
    let slide = NewSlide {
        name: "self-test".into(),
        started: Timestamp::now(),
        source: "self-test".into(),
        model: ModelName {
            name: "none".into(),
            version: "0".into(),
            precision: "none".into(),
        },
        classifier: ClassifierFacts::of_labels(LabelSet::lymphoblast()),
        settings: settings.clone(),
    };
    let mut store = Store::open(folder, &settings)?;
    store.begin_slide(&slide)?;
    let kept = store.reader()?.slides(None, 1)?.len();
    store.close()?;
    // A slide without fields is not kept over a restart.
    let left = Store::open(folder, &settings)?.reader()?.slides(None, 1)?.len();
    match (kept, left) {
        (1, 0) => Ok(()),
        _ => Err(Error::at(
            ErrorKind::Store,
            folder,
            "did not give back what was written: check the disk",
        )),
    }
}
