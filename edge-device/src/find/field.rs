//! The whole way from a field to its cells.

use image::RgbImage;

use super::colour_model::{ColourBins, Known};
use super::components::Component;
use super::distance::{STEP, distance_to};
use super::found::{FoundCell, FoundField, Mask};
use super::nuclei::{NuclearThreshold, nuclear_mask, nuclear_threshold, nuclei};
use super::outline::{Evidence, Outline, fit_outline};
use super::plane::Plane;
use super::polygon::{Filled, fill_polygon};
use super::red_cells::{RedCells, cell_threshold, measure_red_cells};
use super::score::Features;
use super::settings::FinderSettings;
use super::stain::Stain;
use super::working_field::WorkingField;

/// Least number of lone red cells that a reported diameter rests on.
const RED_CELLS_TO_REPORT: usize = 5;
/// Red-cell diameter in working pixels at which outlines are fine enough.
const COARSE_ENOUGH: f32 = 20.0;
/// Red-cell diameter in working pixels under which no cell can be told.
const LEAST_SCALE: f32 = 4.0;
/// Distance from every nucleus, in red-cell diameters, beyond which nothing belongs to a white cell at first.
const SURELY_OTHER: f32 = 1.2;
/// Width of the rim around a nucleus, in red-cell diameters, that mostly belongs to its cell.
const RIM: f32 = 0.3;
/// Times that the outlines are fitted, each time with the colours and the lobes learnt before.
const ROUNDS: usize = 3;
/// Largest ratio of the sides of the box around fragments of one cell.
const ROUND_ASPECT: f32 = 1.45;
/// Least share of that box that the fragments fill; two round cells side by side or askew fill less or are longer.
const ROUND_FILL: f32 = 0.66;
/// Share of the cell threshold under which a pixel is glass, but for the odd vacuole.
const GLASS: f32 = 0.4;
/// Most log odds that glass may have.
const GLASS_ODDS: f32 = -0.8;

/// Finds the white cells of a field (RGB, 8 bits). Any size is accepted; an empty or cell-free field gives none.
pub fn find_cells(field: &RgbImage, settings: &FinderSettings) -> FoundField {
    let coarse = settings.coarse_side.min(settings.longest_side);
    let found = find_at(field, coarse, settings);
    match found {
        // Large cells are found as well, and much faster, in a small picture.
        Some((found, scale)) if scale >= COARSE_ENOUGH || field.width().max(field.height()) <= coarse => {
            found
        }
        _ => find_at(field, settings.longest_side, settings)
            .map(|f| f.0)
            .unwrap_or_default(),
    }
}

/// Finds the cells at one working resolution; also gives the red-cell diameter in working pixels, 0 if unknown.
fn find_at(field: &RgbImage, side: u32, settings: &FinderSettings) -> Option<(FoundField, f32)> {
    let working = WorkingField::new(field, side)?;
    let factor = working.factor as f32;
    let stain = Stain::new(&working.rgb);
    let cell_level = cell_threshold(&stain);
    let nuclear = nuclear_threshold(&stain, cell_level, settings);
    let mask = nuclear_mask(&stain, nuclear.threshold);
    let red_cells = measure_red_cells(&stain, &mask, cell_level);
    let lone = &red_cells.lone;
    let red_cell_diameter = (lone.len() >= RED_CELLS_TO_REPORT).then(|| lone[lone.len() / 2] * factor);
    let scale = settings
        .red_cell_diameter
        .map(|d| d / factor)
        .or_else(|| scale_of(&red_cells, &mask));
    let Some(scale) = scale.filter(|s| *s >= LEAST_SCALE) else {
        return Some((
            FoundField {
                cells: Vec::new(),
                red_cell_diameter,
            },
            0.0,
        ));
    };
    if scale < COARSE_ENOUGH && side < settings.longest_side {
        return Some((FoundField::default(), scale));
    }
    let is_cell = |at: usize| stain.density.data[at][1] > cell_level;
    let nuclei = nuclei(&mask, is_cell, scale, settings);
    let view = View {
        stain: &stain,
        nuclear: &nuclear,
        cell_level,
        scale,
        settings,
    };
    let cells = view.outlined(nuclei);
    let cells = cells
        .into_iter()
        .filter_map(|c| c.report(&view, field, factor))
        .collect();
    Some((
        FoundField {
            cells,
            red_cell_diameter,
        },
        scale,
    ))
}

/// Mask of the one cell nearest the centre of a picture of a single cell with its background; `None` if no
/// nucleated cell is there.
pub fn central_cell(picture: &RgbImage, settings: &FinderSettings) -> Option<FoundCell> {
    let middle = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
    let distance = |cell: &FoundCell| {
        let centre = cell.mask.centroid();
        let (dx, dy) = (
            cell.x as f32 + centre.0 - middle.0,
            cell.y as f32 + centre.1 - middle.1,
        );
        dx * dx + dy * dy
    };
    find_cells(picture, settings)
        .cells
        .into_iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Red-cell diameter in working pixels; where no red cell is seen, taken from the largest nucleus.
fn scale_of(red_cells: &RedCells, mask: &Plane<u8>) -> Option<f32> {
    if red_cells.lone.len() >= RED_CELLS_TO_REPORT {
        return Some(red_cells.lone[red_cells.lone.len() / 2]);
    }
    let nucleus = || {
        super::components::components(mask, 30)
            .iter()
            .map(Component::diameter)
            .fold(0.0, f32::max)
    };
    red_cells
        .inscribed
        .or_else(|| Some(0.8 * nucleus()))
        .filter(|s| *s > 0.0)
}

/// What all cells of one field share.
struct View<'a> {
    stain: &'a Stain,
    nuclear: &'a NuclearThreshold,
    /// Green density that tells cells from glass.
    cell_level: f32,
    scale: f32,
    settings: &'a FinderSettings,
}

/// A cell in working pixels.
struct Outlined {
    nucleus: Component,
    outline: Outline,
    filled: Filled,
    odds: f32,
}

impl View<'_> {
    /// Outlines a cell around every nucleus, then once more with the colours learnt from the first outlines.
    fn outlined(&self, nuclei: Vec<Component>) -> Vec<Outlined> {
        if nuclei.is_empty() {
            return Vec::new();
        }
        let bins = ColourBins::new(self.stain);
        let mut nuclei = nuclei;
        let mut known = self.first_guess(&nuclei);
        let mut cells = Vec::new();
        for _ in 0..ROUNDS {
            let labels = self.labels(&nuclei);
            let mut log_odds = bins.log_odds(&known);
            self.refuse_glass(&mut log_odds);
            let (amp, mid) = (super::tune("PRIOR", 1.0), super::tune("PMID", 0.5));
            let dist = distance_to(&labels, |v| v != 0);
            for (o, d) in log_odds.data.iter_mut().zip(&dist.data) {
                let d = f32::from(*d) / f32::from(STEP) / self.scale;
                *o += amp * (1.0 - d / mid).max(-1.0);
            }
            let evidence = Evidence {
                log_odds: &log_odds,
                density: &self.stain.density,
                nucleus: &labels,
            };
            cells = nuclei
                .drain(..)
                .enumerate()
                .filter_map(|(i, n)| self.fit(&evidence, i, n))
                .collect();
            cells = absorb(cells, self.scale * self.settings.largest_lobe, labels.width);
            unite(
                &mut cells,
                self.scale * super::tune("LCELL", self.settings.largest_cell),
            );
            known = self.learn(&cells);
            nuclei = cells.iter().map(|c| c.nucleus.clone()).collect();
        }
        cells
    }

    fn fit(&self, evidence: &Evidence, index: usize, nucleus: Component) -> Option<Outlined> {
        let (width, height) = (evidence.density.width, evidence.density.height);
        let (cx, cy) = nucleus.centroid(width);
        let reach = self.settings.reach * self.scale;
        let outline = fit_outline(evidence, index as u16, (cx + 0.5, cy + 0.5), reach);
        let filled = fill_polygon(&outline.points, width as u32, height as u32)?;
        let (mut sum, mut count) = (0.0, 0.0f32);
        for (at, _) in inside(&filled, width) {
            sum += evidence.log_odds.data[at];
            count += 1.0;
        }
        Some(Outlined {
            nucleus,
            outline,
            filled,
            odds: sum / count.max(1.0),
        })
    }

    fn labels(&self, nuclei: &[Component]) -> Plane<u16> {
        let mut labels = self.stain.purple.map(|_| 0u16);
        for (i, nucleus) in nuclei.iter().enumerate() {
            for &at in &nucleus.pixels {
                labels.data[at as usize] = (i + 1).min(usize::from(u16::MAX)) as u16;
            }
        }
        labels
    }

    /// Near a nucleus is white cell, far from all of them is not, between them is open.
    fn first_guess(&self, nuclei: &[Component]) -> Plane<Known> {
        let distance = distance_to(&self.labels(nuclei), |v| v != 0);
        let near = (super::tune("RIM", RIM) * self.scale * f32::from(STEP)) as u16;
        let far = (SURELY_OTHER * self.scale * f32::from(STEP)) as u16;
        let mut known = distance.map(|d| match d {
            0 => Known::Nucleus,
            d if d <= near => Known::Cytoplasm,
            d if d > far => Known::Other,
            _ => Known::Open,
        });
        for (known, density) in known.data.iter_mut().zip(&self.stain.density.data) {
            if *known == Known::Cytoplasm && density[1] < GLASS * self.cell_level {
                *known = Known::Other;
            }
        }
        known
    }

    /// Glass is not white cell, even where only glass was seen around a nucleus.
    fn refuse_glass(&self, log_odds: &mut Plane<f32>) {
        let glass = super::tune("GLASSODDS", GLASS_ODDS);
        for (odds, density) in log_odds.data.iter_mut().zip(&self.stain.density.data) {
            if density[1] < GLASS * self.cell_level {
                *odds = odds.min(glass);
            }
        }
    }

    /// Inside an outline is white cell, outside all of them is not.
    fn learn(&self, cells: &[Outlined]) -> Plane<Known> {
        let mut known = self.stain.purple.map(|_| Known::Other);
        for cell in cells {
            for (at, _) in inside(&cell.filled, known.width) {
                known.data[at] = Known::Cytoplasm;
            }
            for &at in &cell.nucleus.pixels {
                known.data[at as usize] = Known::Nucleus;
            }
        }
        known
    }
}

/// Joins cells of which one's nucleus lies mostly inside the other's outline and is no full nucleus itself.
fn absorb(cells: Vec<Outlined>, full: f32, width: usize) -> Vec<Outlined> {
    let mut kept: Vec<Outlined> = Vec::new();
    let mut order: Vec<Outlined> = cells;
    order.sort_by(|a, b| b.nucleus.area().total_cmp(&a.nucleus.area()));
    for cell in order {
        let home = kept.iter_mut().find(|k| {
            let within = cell
                .nucleus
                .pixels
                .iter()
                .filter(|&&at| holds(&k.filled, at as usize, width))
                .count();
            cell.nucleus.diameter() < full && within * 2 > cell.nucleus.pixels.len()
        });
        match home {
            Some(home) => home.nucleus = home.nucleus.clone().join(cell.nucleus),
            None => kept.push(cell),
        }
    }
    kept
}

/// Joins cells whose outlines together make up one round cell: fragments around the lobes of one nucleus.
fn unite(cells: &mut Vec<Outlined>, largest: f32) {
    let mut i = 0;
    while i < cells.len() {
        match (i + 1..cells.len()).find(|&j| make_up_one_cell(&cells[i].filled, &cells[j].filled, largest)) {
            Some(j) => {
                let other = cells.remove(j);
                let one = &mut cells[i];
                one.filled = union(&one.filled, &other.filled);
                one.nucleus = one.nucleus.clone().join(other.nucleus);
                i = 0;
            }
            None => i += 1,
        }
    }
}

/// True when two outlines touch and their union is no larger than a cell and as compact as one.
fn make_up_one_cell(a: &Filled, b: &Filled, largest: f32) -> bool {
    let gap_x = a.left.max(b.left) as f32 - (a.left + a.width).min(b.left + b.width) as f32;
    let gap_y = a.top.max(b.top) as f32 - (a.top + a.height).min(b.top + b.height) as f32;
    if gap_x > 2.0 || gap_y > 2.0 {
        return false;
    }
    let both = union(a, b);
    let (w, h) = (both.width as f32, both.height as f32);
    let area = both.data.iter().map(|v| u32::from(*v)).sum::<u32>() as f32;
    w.max(h) <= largest
        && w.max(h) <= super::tune("ASPECT", ROUND_ASPECT) * w.min(h)
        && area >= super::tune("FILL", ROUND_FILL) * w * h
}

/// Both masks in one.
fn union(a: &Filled, b: &Filled) -> Filled {
    let (left, top) = (a.left.min(b.left), a.top.min(b.top));
    let width = (a.left + a.width).max(b.left + b.width) - left;
    let height = (a.top + a.height).max(b.top + b.height) - top;
    let mut data = vec![0u8; width as usize * height as usize];
    for part in [a, b] {
        for (y, row) in part.data.chunks_exact(part.width as usize).enumerate() {
            let at = ((part.top - top) as usize + y) * width as usize + (part.left - left) as usize;
            for (value, own) in data[at..].iter_mut().zip(row) {
                *value |= own;
            }
        }
    }
    Filled {
        left,
        top,
        width,
        height,
        data,
    }
}

/// Pixels of a filled outline as indices into a plane `width` wide and their place in the mask.
fn inside(filled: &Filled, width: usize) -> impl Iterator<Item = (usize, usize)> {
    let (w, left, top) = (filled.width as usize, filled.left as usize, filled.top as usize);
    let set = filled.data.iter().enumerate().filter(|(_, v)| **v != 0);
    set.map(move |(i, _)| ((top + i / w) * width + left + i % w, i))
}

fn holds(filled: &Filled, at: usize, width: usize) -> bool {
    let (x, y) = (
        (at % width) as i64 - i64::from(filled.left),
        (at / width) as i64 - i64::from(filled.top),
    );
    let fits = x >= 0 && y >= 0 && x < i64::from(filled.width) && y < i64::from(filled.height);
    fits && filled.data[(y * i64::from(filled.width) + x) as usize] != 0
}

impl Outlined {
    /// The cell in field pixels, if its score is high enough.
    fn report(&self, view: &View, field: &RgbImage, factor: f32) -> Option<FoundCell> {
        let purple: f32 = self
            .nucleus
            .pixels
            .iter()
            .map(|&at| view.stain.purple.data[at as usize])
            .sum();
        let area: u32 = self.filled.data.iter().map(|v| u32::from(*v)).sum();
        let points: Vec<(f32, f32)> = self
            .outline
            .points
            .iter()
            .map(|p| (p.0 * factor, p.1 * factor))
            .collect();
        let filled = fill_polygon(&points, field.width(), field.height())?;
        let touches_border = filled.left == 0
            || filled.top == 0
            || filled.left + filled.width >= field.width()
            || filled.top + filled.height >= field.height();
        let features = Features {
            nucleus: self.nucleus.diameter() / view.scale,
            cell: (area as f32 * 4.0 / std::f32::consts::PI).sqrt() / view.scale,
            purple: (purple / self.nucleus.area() - view.nuclear.red_level)
                / (view.nuclear.typical - view.nuclear.red_level).max(0.1),
            odds: self.odds,
            border: touches_border,
        };
        let score = features.score();
        if super::tune("DUMP", 0.0) > 0.0 {
            println!(
                "F {} {} {} {} {} {} {}",
                features.nucleus,
                features.cell,
                features.purple,
                purple / self.nucleus.area() - view.nuclear.red_level,
                features.odds,
                u8::from(touches_border),
                view.scale
            );
        }
        (score >= view.settings.least_score).then(|| FoundCell {
            x: filled.left,
            y: filled.top,
            width: filled.width,
            height: filled.height,
            score,
            mask: Mask {
                width: filled.width,
                height: filled.height,
                data: filled.data,
            },
            touches_border,
        })
    }
}
