//! `blastscope find`: the white cells of fields.

use super::batch::over_pictures;
use super::drawings::Drawings;
use super::options::{PictureOptions, WorkOptions, checked};
use super::{output, sentences};
use blastscope_shared::DISCLAIMER;
use blastscope_vision::find::{FoundCell, find_cells};
use blastscope_vision::picture::read_picture;
use blastscope_vision::quality::{FieldQuality, judge_alone};
use blastscope_vision::raster::PreparedField;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pictures: PictureOptions,
    #[command(flatten)]
    work: WorkOptions,
    /// Write every picture with its cells, nuclei and their numbers drawn on it to this folder
    #[arg(long, value_name = "FOLDER")]
    draw: Option<PathBuf>,
}

/// One line of output; pixels from the top-left corner.
#[derive(Debug, Serialize)]
struct Line {
    file: String,
    width: u32,
    height: u32,
    quality: FieldQuality,
    /// Median diameter of red cells that lie alone, pixels.
    red_cell_diameter: Option<f32>,
    cells: Vec<Cell>,
    notice: &'static str,
}

#[derive(Debug, Serialize)]
struct Cell {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    score: f32,
    /// Pixels of the whole cell, and of its nucleus.
    area: u32,
    nucleus_area: u32,
    /// The border of the picture cuts it.
    cut: bool,
}

impl From<&FoundCell> for Cell {
    fn from(c: &FoundCell) -> Self {
        Self {
            x: c.bounds.left,
            y: c.bounds.top,
            width: c.bounds.width,
            height: c.bounds.height,
            score: c.score,
            area: c.mask.area(),
            nucleus_area: c.nucleus.area(),
            cut: c.cut_by_border,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = checked(arguments.work.config()?)?;
    let drawings = arguments.draw.as_deref().map(Drawings::in_folder).transpose()?;
    let outcome = over_pictures(
        &arguments.pictures,
        config.worker_count(),
        || Ok(()),
        |(), path| {
            let picture = read_picture(&path)?;
            let prepared = PreparedField::new(&picture);
            let found = find_cells(&prepared, &config.finder);
            if let Some(drawings) = &drawings {
                drawings.draw(&path, &picture, &found)?;
            }
            Ok(Line {
                file: path.to_string_lossy().into_owned(),
                width: picture.width(),
                height: picture.height(),
                quality: judge_alone(&prepared, &config.quality),
                red_cell_diameter: found.red_cell_diameter,
                cells: found.cells.iter().map(Cell::from).collect(),
                notice: DISCLAIMER,
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
                let said = line
                    .quality
                    .reasons
                    .iter()
                    .map(|r| format!("; {}", sentences::reason(*r)));
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
