//! `blastscope find`: the white cells of fields.

use super::batch::over_pictures;
use super::options::{PictureOptions, WorkOptions, checked};
use super::output;
use crate::find::{FoundCell, find_cells};
use crate::picture::read_picture;
use crate::quality::{FieldQuality, judge_alone};
use serde::Serialize;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pictures: PictureOptions,
    #[command(flatten)]
    work: WorkOptions,
}

/// One line of output; pixels from the top-left corner.
#[derive(Debug, Serialize)]
struct Line {
    file: String,
    width: u32,
    height: u32,
    quality: FieldQuality,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    score: f32,
}

impl From<&FoundCell> for Cell {
    fn from(c: &FoundCell) -> Self {
        Self {
            x: c.x,
            y: c.y,
            width: c.width,
            height: c.height,
            score: c.score,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = checked(arguments.work.config()?)?;
    let outcome = over_pictures(
        &arguments.pictures,
        config.worker_count(),
        || Ok(()),
        |(), path| {
            let picture = read_picture(&path)?;
            let found = find_cells(&picture, &config.finder);
            Ok(Line {
                file: path.to_string_lossy().into_owned(),
                width: picture.width(),
                height: picture.height(),
                quality: judge_alone(&picture, &config.quality),
                cells: found.cells.iter().map(Cell::from).collect(),
            })
        },
        |line| match arguments.pictures.wants_json() {
            true => output::json_line(&line),
            false => {
                let places = line
                    .cells
                    .iter()
                    .map(|c| format!(" {}x{}+{}+{}", c.width, c.height, c.x, c.y));
                let places: String = places.collect();
                let said = line.quality.reasons.iter().map(|r| format!("; {}", r.sentence()));
                let said: String = said.collect();
                output::line(&format!(
                    "{}: {} white cells{places}; {}{said}",
                    line.file,
                    line.cells.len(),
                    line.quality.verdict.name()
                ))
            }
        },
    )?;
    Ok(outcome.exit_code())
}
