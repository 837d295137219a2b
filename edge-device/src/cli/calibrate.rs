//! `blastscope calibrate`: how many nanometres a pixel is.

use super::options::{WorkOptions, checked};
use super::output;
use crate::config::write_scale;
use crate::{Error, ErrorKind};
use blastscope_vision::calibrate::{measure_micrometer, measure_red_cells};
use blastscope_vision::find::find_cells;
use blastscope_vision::picture::{list_pictures, read_picture};
use blastscope_vision::raster::PreparedField;
use serde::Serialize;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Micrometres from line to line of the stage micrometer
    #[arg(long, value_name = "N", default_value_t = 10.0, conflicts_with = "red_cells")]
    division_um: f64,
    /// Configuration file to set scale_nm in; made where there is none
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    work: WorkOptions,
    /// One JSON object, as also whenever the output is no terminal
    #[arg(long)]
    json: bool,
    /// Sentences, also when the output is no terminal
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// Picture of a stage micrometer, taken with the objective and camera of the slides
    #[arg(long, value_name = "PICTURE")]
    micrometer: Option<PathBuf>,
    /// Fields of a smear, or folders with them: their median red cell is taken to be 7.5 µm
    #[arg(long, value_name = "PATH", num_args = 1..)]
    red_cells: Option<Vec<PathBuf>>,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Calibration {
    method: &'static str,
    micrometres_per_pixel: f64,
    /// Standard error over the lines, or spread of a field about the median, in the same unit.
    spread: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_degrees: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<usize>,
    /// As the configuration takes it.
    scale_nm: u32,
    written: Option<PathBuf>,
    notice: &'static str,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut calibration = match (&arguments.source.micrometer, &arguments.source.red_cells) {
        (Some(picture), _) => by_micrometer(picture, arguments.division_um)?,
        (None, fields) => by_red_cells(fields.as_deref().unwrap_or_default(), &arguments.work)?,
    };
    if let Some(path) = &arguments.write {
        write_scale(path, calibration.scale_nm)?;
        calibration.written = Some(path.clone());
    }
    match arguments.json || !(arguments.text || std::io::stdout().is_terminal()) {
        true => output::json_line(&calibration)?,
        false => output::line(&readable(&calibration))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn by_micrometer(path: &Path, division_um: f64) -> crate::Result<Calibration> {
    let picture = read_picture(path)?;
    let scale = measure_micrometer(&picture, division_um).map_err(|e| Error::in_file(path, e))?;
    Ok(Calibration {
        lines: Some(scale.lines),
        rotation_degrees: Some(scale.rotation_degrees),
        ..calibration(
            "stage-micrometer",
            scale.nanometres_per_pixel,
            scale.standard_error,
        )?
    })
}

fn by_red_cells(paths: &[PathBuf], work: &WorkOptions) -> crate::Result<Calibration> {
    let config = checked(work.config()?)?;
    let mut diameters = Vec::new();
    for path in list_pictures(paths) {
        match path.and_then(|p| read_picture(&p)) {
            Ok(field) => {
                diameters.push(find_cells(&PreparedField::new(&field), &config.finder).red_cell_diameter);
            }
            Err(e) => tracing::warn!("left out: {e}"),
        }
    }
    let scale = measure_red_cells(&diameters)?;
    Ok(Calibration {
        fields: Some(scale.fields),
        ..calibration("red-cells", scale.nanometres_per_pixel, scale.spread)?
    })
}

fn calibration(method: &'static str, nanometres: f64, spread: f64) -> crate::Result<Calibration> {
    if !(1.0..=100_000.0).contains(&nanometres) {
        let message =
            format!("{nanometres:.1} nm a pixel is not a plausible pixel size: check --division-um");
        return Err(Error::new(ErrorKind::Picture, message));
    }
    let rounded = |nm: f64| (nm * 100.0).round() / 100_000.0;
    Ok(Calibration {
        method,
        micrometres_per_pixel: rounded(nanometres),
        spread: rounded(spread),
        lines: None,
        rotation_degrees: None,
        fields: None,
        scale_nm: nanometres.round() as u32,
        written: None,
        notice: blastscope_shared::DISCLAIMER,
    })
}

fn readable(c: &Calibration) -> String {
    let from = match (c.lines, c.fields) {
        (Some(lines), _) => {
            let turned = c.rotation_degrees.unwrap_or(0.0);
            format!("{lines} lines of the micrometer, turned by {turned:.1} degrees")
        }
        (None, fields) => format!(
            "the red cells of {} fields, taken to be 7.5 µm",
            fields.unwrap_or(0)
        ),
    };
    let written = match &c.written {
        Some(path) => format!("written  {}: scale_nm = {}", path.display(), c.scale_nm),
        None => format!(
            "to use   scale_nm = {} in the configuration, or --write FILE",
            c.scale_nm
        ),
    };
    format!(
        "scale    {:.4} µm a pixel, spread {:.4} µm\nfrom     {from}\n{written}\n{}",
        c.micrometres_per_pixel, c.spread, c.notice
    )
}
