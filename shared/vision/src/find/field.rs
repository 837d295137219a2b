//! The whole way from a field to its cells.

use image::RgbImage;

use super::cell_fit::FieldView;
use super::components::Component;
use super::distance::{FAR, STEP, distance_to};
use super::fitted_cell::FittedCell;
use super::found::{FoundCell, FoundField};
use super::nuclei::{NuclearThreshold, nuclear_mask, nuclear_threshold, nuclei};
use super::polygon::{Filled, fill_polygon};
use super::red_cells::{RedCells, cell_threshold, measure_red_cells};
use super::score::Features;
use super::settings::FinderSettings;
use super::stain::Stain;
use crate::raster::{Background, Mask, Plane, Point, PreparedField, ReducedField};

/// Least number of lone red cells that a reported diameter rests on.
const RED_CELLS_TO_REPORT: usize = 5;
/// Red-cell diameter in working pixels at which outlines are fine enough.
const COARSE_ENOUGH: f32 = 20.0;
/// Red-cell diameter in working pixels under which no cell can be told.
const LEAST_RED_CELL: f32 = 4.0;
/// Red-cell diameter of a field without red cells, as a share of its largest nucleus.
const RED_CELL_TO_NUCLEUS: f32 = 0.8;
/// Where between the purple of its cytoplasm (0) and of its nucleus (1) the edge of a cell's nucleus lies.
const NUCLEAR_EDGE: f32 = 0.3;
/// Widest circle that fits into a nucleus, red-cell diameters.
const WIDEST_NUCLEUS: f32 = 1.9;

/// Finds the white cells of a field. Any size is accepted; an empty or cell-free field gives none.
pub fn find_cells(field: &PreparedField, settings: &FinderSettings) -> FoundField {
    let picture = field.picture();
    let longest = picture.width().max(picture.height());
    let coarse = settings.coarse_side.min(settings.longest_side);
    let ruled = |side: u32| {
        let working = field.reduced(side)?;
        Ruled::new(&working, &field.background_on(&working), settings)
    };
    if longest > coarse && coarse < settings.longest_side {
        // Large cells are found as well, and much faster, in a small picture.
        if let Some(ruled) = ruled(coarse).filter(|r| r.red_cell_diameter_px >= COARSE_ENOUGH) {
            return ruled.find(picture, settings);
        }
    }
    let full = ruled(settings.longest_side);
    full.map(|ruled| ruled.find(picture, settings))
        .unwrap_or_default()
}

/// Mask of the one cell nearest the centre of a picture of a single cell with its background; `None` if no
/// nucleated cell is there.
pub fn central_cell(picture: &RgbImage, settings: &FinderSettings) -> Option<FoundCell> {
    let middle = Point::new(picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
    let distance = |cell: &FoundCell| {
        let away = cell.centroid() - middle;
        away.x * away.x + away.y * away.y
    };
    find_cells(&PreparedField::new(picture), &settings.for_one_cell())
        .cells
        .into_iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// A working field with its stains, its nuclear threshold and its ruler.
struct Ruled {
    factor: f32,
    stain: Stain,
    cell_level: f32,
    nuclear: NuclearThreshold,
    mask: Plane<u8>,
    red_cells: RedCells,
    /// Red-cell diameter, working pixels; 0 when the field gives no hint of it.
    red_cell_diameter_px: f32,
    /// Whether that rests on red cells that lie alone.
    measured: bool,
}

impl Ruled {
    fn new(working: &ReducedField, background: &Background, settings: &FinderSettings) -> Option<Self> {
        let factor = working.factor as f32;
        let stain = Stain::new(&working.rgb, background);
        let cell_level = cell_threshold(&stain);
        let nuclear = nuclear_threshold(&stain, cell_level, settings)?;
        let mask = nuclear_mask(&stain, nuclear.threshold);
        let red_cells = measure_red_cells(&stain, &mask, cell_level);
        let known = settings.red_cell_diameter.map(|d| d / factor);
        let red_cell_diameter_px = known.unwrap_or_else(|| red_cell_diameter(&red_cells, &mask));
        let measured = known.is_some() || !red_cells.lone.is_empty();
        Some(Self {
            factor,
            stain,
            cell_level,
            nuclear,
            mask,
            red_cells,
            red_cell_diameter_px,
            measured,
        })
    }

    fn find(&self, field: &RgbImage, settings: &FinderSettings) -> FoundField {
        let lone = &self.red_cells.lone;
        let measured = lone.len() >= RED_CELLS_TO_REPORT;
        let red_cell_diameter = measured.then(|| lone[lone.len() / 2] * self.factor);
        if self.red_cell_diameter_px.is_nan() || self.red_cell_diameter_px < LEAST_RED_CELL {
            return FoundField {
                cells: Vec::new(),
                red_cell_diameter,
            };
        }
        let is_cell = |at: usize| self.stain.density.data[at][1] > self.cell_level;
        let nuclei = nuclei(&self.mask, is_cell, self.red_cell_diameter_px, settings);
        let view = FieldView {
            stain: &self.stain,
            cell_level: self.cell_level,
            red_cell_diameter_px: self.red_cell_diameter_px,
            measured: self.measured,
            settings,
        };
        let fits = view.fit_cells(nuclei);
        let cells = fits
            .map(|fits| view.joined(fits))
            .unwrap_or_default()
            .iter()
            .filter_map(|c| self.report(c, field, settings))
            .collect();
        FoundField {
            cells,
            red_cell_diameter,
        }
    }

    fn mean_purple(&self, nucleus: &Component) -> f32 {
        let purple = nucleus
            .pixels
            .iter()
            .map(|&at| self.stain.purple.data[at as usize]);
        purple.sum::<f32>() / nucleus.area()
    }

    /// The nucleus with its edge where this very cell has it, between its cytoplasm and its nucleus.
    fn whole_nucleus(&self, cell: &FittedCell) -> Component {
        let width = self.mask.width;
        let mut within = Plane::filled(width, self.mask.height, 0u8);
        for &at in &cell.nucleus.pixels {
            within.data[at as usize] = 1;
        }
        let (mut sum, mut count) = (0.0, 0.0f32);
        for at in cell.filled.inside(width).filter(|&at| within.data[at] == 0) {
            sum += self.stain.purple.data[at];
            count += 1.0;
        }
        let purple = |at: usize| self.stain.purple.data[at];
        let nuclear = self.mean_purple(&cell.nucleus);
        let cytoplasm = if count > 0.0 {
            sum / count
        } else {
            self.nuclear.red_level
        };
        let level = cytoplasm + NUCLEAR_EDGE * (nuclear - cytoplasm);
        let inside = cell.filled.inside(width).filter(|&at| purple(at) > level);
        let pixels: Vec<u32> = inside.map(|at| at as u32).collect();
        if pixels.is_empty() {
            return cell.nucleus.clone();
        }
        Component::from_pixels(pixels, width)
    }

    /// The cell in field pixels, if its score is high enough.
    fn report(&self, cell: &FittedCell, field: &RgbImage, settings: &FinderSettings) -> Option<FoundCell> {
        let scaled = |p: &Point| Point::new(p.x * self.factor, p.y * self.factor);
        let points: Vec<Point> = cell.outline.points.iter().map(scaled).collect();
        let filled = fill_polygon(&points, field.width(), field.height())?;
        let bounds = filled.bounds;
        let cut_by_border = bounds.left == 0
            || bounds.top == 0
            || bounds.right() >= field.width()
            || bounds.bottom() >= field.height();
        let contrast = self.mean_purple(&cell.nucleus) - self.nuclear.red_level;
        let features = Features {
            nucleus: cell.nucleus.diameter() / self.red_cell_diameter_px,
            cell: cell.filled.diameter() / self.red_cell_diameter_px,
            longest: cell.filled.bounds.width.max(cell.filled.bounds.height) as f32
                / self.red_cell_diameter_px,
            contrast,
            odds: cell.odds,
            cut_by_border,
        };
        let score = features.score();
        (score >= settings.least_score).then(|| FoundCell {
            bounds,
            score,
            nucleus: nucleus_within(
                &self.whole_nucleus(cell),
                &filled,
                self.factor as usize,
                self.mask.width,
            ),
            mask: Mask {
                width: bounds.width,
                height: bounds.height,
                data: filled.data,
            },
            cut_by_border,
        })
    }
}

/// The nucleus of a cell in field pixels, cut to the cell.
fn nucleus_within(nucleus: &Component, filled: &Filled, factor: usize, width: usize) -> Mask {
    let coarse = nucleus.alone(width, 0);
    let bounds = filled.bounds;
    let mut data = filled.data.clone();
    for (y, row) in data.chunks_exact_mut(bounds.width as usize).enumerate() {
        let from_top = ((bounds.top as usize + y) / factor) as i32 - nucleus.top as i32;
        for (x, value) in row.iter_mut().enumerate() {
            let from_left = ((bounds.left as usize + x) / factor) as i32 - nucleus.left as i32;
            *value &= coarse.get(from_left, from_top).unwrap_or(0);
        }
    }
    Mask {
        width: bounds.width,
        height: bounds.height,
        data,
    }
}

/// Red-cell diameter in working pixels; where few red cells lie alone, no less than the nuclei allow.
fn red_cell_diameter(red_cells: &RedCells, mask: &Plane<u8>) -> f32 {
    if red_cells.lone.len() >= RED_CELLS_TO_REPORT {
        return red_cells.lone[red_cells.lone.len() / 2];
    }
    let deepest = distance_to(mask, |v| v == 0)
        .data
        .into_iter()
        .filter(|d| *d < FAR)
        .max()
        .unwrap_or(0);
    let widest = 2.0 * f32::from(deepest) / f32::from(STEP);
    red_cells
        .inscribed
        .map_or(RED_CELL_TO_NUCLEUS * widest, |d| d.max(widest / WIDEST_NUCLEUS))
}
