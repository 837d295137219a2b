//! `blastscope classify`: pictures of single cells, or whole pictures, as the package judges them.

use super::batch::over_pictures;
use super::options::{ModelOptions, PictureOptions, WorkOptions, checked, classifier};
use super::output;
use crate::{Error, ErrorKind};
use blastscope_shared::preprocess::CNMC_NANOMETRES_PER_PIXEL;
use blastscope_vision::crop::input_of_picture;
use blastscope_vision::picture::read_picture;
use blastscope_vision::raster::PixelSize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pictures: PictureOptions,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    work: WorkOptions,
    /// Scale of the pictures in nanometres a pixel [default: that of C-NMC, 55]; not with a package that judges
    /// whole pictures
    #[arg(long, value_name = "N")]
    scale_nm: Option<u32>,
}

/// One line of output.
#[derive(Debug, Serialize)]
struct Line {
    file: String,
    /// Of the blast; of the first label where none is the blast.
    probability: f32,
    decision: String,
    class: String,
    /// From the cells that trained the network, in limits, squared; above 1 a cell is unidentified. `null` where that is
    /// not measured.
    distance: Option<f32>,
    /// Of each label.
    probabilities: BTreeMap<String, f32>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut config = arguments.work.config()?;
    arguments.model.over(&mut config);
    // The scale of a configuration is that of fields.
    config.scale_nm = arguments.scale_nm;
    let config = checked(config)?;
    let classifier = classifier(&config)?;
    if config.scale_nm.is_some() && !classifier.input().framing.is_masked_cell() {
        let message = "--scale-nm has no meaning for a package that judges whole pictures: leave it out";
        return Err(Error::new(ErrorKind::Configuration, message).into());
    }
    let pixel_size = PixelSize::new(config.scale_nm.unwrap_or(CNMC_NANOMETRES_PER_PIXEL));
    let reported = classifier.reported_label();
    let name = classifier.labels().name(reported).unwrap_or_default().to_owned();
    let outcome = over_pictures(
        &arguments.pictures,
        config.worker_count(),
        || Ok(classifier.worker()?),
        |worker, path| {
            let picture = read_picture(&path)?;
            let crop = input_of_picture(&picture, pixel_size, &config.finder, classifier.input());
            let crop = crop.map_err(|e| Error::at(ErrorKind::Picture, &path, e))?;
            let verdict = worker.classify(&crop).map_err(|e| Error::in_file(&path, e))?;
            Ok(Line {
                file: path.to_string_lossy().into_owned(),
                probability: verdict.probabilities.get(reported).copied().unwrap_or(0.0),
                decision: classifier.decision_name(&verdict).to_owned(),
                class: classifier.class_name(&verdict).to_owned(),
                distance: verdict.distance.map(|d| d.min(f32::MAX)),
                probabilities: classifier
                    .labels()
                    .names()
                    .iter()
                    .cloned()
                    .zip(verdict.probabilities)
                    .collect(),
            })
        },
        |line| match arguments.pictures.wants_json() {
            true => output::json_line(&line),
            false => output::line(&format!(
                "{}: {}, probability of {name} {:.3}",
                line.file, line.class, line.probability
            )),
        },
    )?;
    Ok(outcome.exit_code())
}
