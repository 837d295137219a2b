//! From the nuclei of a field to its cells: colours are learnt, outlines fitted and fragments joined in turns.

use super::colour_model::{ColourBins, Known};
use super::components::Component;
use super::distance::{STEP, distance_to};
use super::fitted_cell::FittedCell;
use super::fragments::{absorb, unite};
use super::outline::{Evidence, fit_outline};
use super::polygon::fill_polygon;
use super::settings::FinderSettings;
use super::stain::Stain;
use crate::raster::{Histogram, Plane, Point};

/// Distance from every nucleus, in red-cell diameters, beyond which nothing belongs to a white cell at first.
const SURELY_OTHER: f32 = 1.2;
/// Least share of the field that counts as no white cell at first: the margin of a picture that one cell fills.
const LEAST_OTHER: f32 = 0.2;
/// Width of the rim around a nucleus, in red-cell diameters, that mostly belongs to its cell.
const RIM: f32 = 0.3;
/// Share of the cell threshold under which a pixel is background, but for the odd vacuole.
const BACKGROUND: f32 = 0.4;
/// Most log odds that background may have.
const BACKGROUND_ODDS: f32 = -0.8;
/// Log odds that a pixel gains beside a nucleus and loses far from all.
const NEAR_ODDS: f32 = 1.0;

/// Distance from a nucleus, in red-cell diameters, at which nearness neither gains nor loses.
const NEAR: f32 = 0.5;
/// Least reach of an outline around a nucleus, in widths of that nucleus.
const WIDTHS_IN_REACH: f32 = 0.75;
/// Most turns of learning colours, fitting outlines and joining fragments.
const ROUNDS: usize = 4;
/// Turns that every field gets: the second uses the colours learnt in the first.
const LEAST_ROUNDS: usize = 2;

/// What all cells of one field share. Lengths are in working pixels.
pub(super) struct FieldView<'a> {
    pub(super) stain: &'a Stain,
    /// Green density that tells cells from background.
    pub(super) cell_level: f32,
    /// Red-cell diameter.
    pub(super) red_cell_diameter_px: f32,
    /// Whether red cells were there to measure it.
    pub(super) measured: bool,
    pub(super) settings: &'a FinderSettings,
}

/// The cells of a field with what they were fitted to.
pub(super) struct Fits {
    pub(super) cells: Vec<FittedCell>,
    /// Log odds of every pixel being white cell.
    pub(super) log_odds: Plane<f32>,
    /// 0 where there is no nucleus, else its label.
    pub(super) labels: Plane<u16>,
}

impl FieldView<'_> {
    /// Fits a cell around every nucleus.
    pub(super) fn fit_cells(&self, mut nuclei: Vec<Component>) -> Option<Fits> {
        if nuclei.is_empty() {
            return None;
        }
        let bins = ColourBins::new(self.stain);
        let mut known: Option<Plane<Known>> = None;
        let mut round = 1;
        loop {
            let labels = self.labels(&nuclei);
            let distance = distance_to(&labels, |v| v != 0);
            let known_now = known.take().unwrap_or_else(|| self.first_guess(&distance));
            let log_odds = self.weigh(bins.log_odds(&known_now), &distance);
            let evidence = Evidence {
                log_odds: &log_odds,
                density: &self.stain.density,
                nucleus: &labels,
            };
            let count = nuclei.len();
            let fits = nuclei
                .drain(..)
                .enumerate()
                .filter_map(|(i, n)| self.fit(&evidence, vec![i as u16 + 1], n));
            let mut cells: Vec<FittedCell> = fits.collect();
            if round == ROUNDS {
                return Some(Fits {
                    cells,
                    log_odds,
                    labels,
                });
            }
            cells = absorb(
                cells,
                self.red_cell_diameter_px * self.settings.largest_lobe,
                labels.width,
            );
            unite(&mut cells, self.red_cell_diameter_px * self.settings.largest_cell);
            if round >= LEAST_ROUNDS && cells.len() == count {
                return Some(Fits {
                    cells,
                    log_odds,
                    labels,
                });
            }
            known = Some(self.learn(&cells));
            nuclei = cells.into_iter().map(|c| c.nucleus).collect();
            round += 1;
        }
    }

    /// Fits one cell around the nuclei of several.
    pub(super) fn fit_together(&self, fits: &Fits, parts: &[usize]) -> Option<FittedCell> {
        let evidence = Evidence {
            log_odds: &fits.log_odds,
            density: &self.stain.density,
            nucleus: &fits.labels,
        };
        let own = parts
            .iter()
            .flat_map(|&i| fits.cells[i].own.iter().copied())
            .collect();
        let nuclei = parts.iter().map(|&i| fits.cells[i].nucleus.clone());
        self.fit(&evidence, own, nuclei.reduce(Component::join)?)
    }

    fn fit(&self, evidence: &Evidence, own: Vec<u16>, nucleus: Component) -> Option<FittedCell> {
        let (width, height) = (evidence.density.width, evidence.density.height);
        let centroid = nucleus.centroid(width);
        let (nucleus_width, nucleus_height) = nucleus.extent();
        let own_reach = WIDTHS_IN_REACH * nucleus_width.max(nucleus_height) as f32;
        let reach = own_reach.max(self.settings.reach * self.red_cell_diameter_px);
        let outline = fit_outline(evidence, &own, centroid + Point::new(0.5, 0.5), reach);
        let filled = fill_polygon(&outline.points, width as u32, height as u32)?;
        let sum: f32 = filled.inside(width).map(|at| evidence.log_odds.data[at]).sum();
        let odds = sum / filled.area().max(1.0);
        Some(FittedCell {
            nucleus,
            own,
            outline,
            filled,
            odds,
        })
    }

    /// 0 where there is no nucleus, else one more than its index.
    fn labels(&self, nuclei: &[Component]) -> Plane<u16> {
        let mut labels = self.stain.purple.map(|_| 0u16);
        for (i, nucleus) in nuclei.iter().enumerate() {
            for &at in &nucleus.pixels {
                labels.data[at as usize] = i as u16 + 1;
            }
        }
        labels
    }

    /// Near a nucleus is white cell, far from all of them is not, between them is open.
    fn first_guess(&self, distance: &Plane<u16>) -> Plane<Known> {
        let near = (RIM * self.red_cell_diameter_px * f32::from(STEP)) as u16;
        let farthest = self
            .reach_of_share(distance, 1.0 - LEAST_OTHER)
            .max(f32::from(near));
        let far = (SURELY_OTHER * self.red_cell_diameter_px * f32::from(STEP)).min(farthest) as u16;
        let mut known = distance.map(|d| match d {
            0 => Known::Nucleus,
            d if d <= near => Known::Cytoplasm,
            d if d > far => Known::Other,
            _ => Known::Open,
        });
        for (known, density) in known.data.iter_mut().zip(&self.stain.density.data) {
            if *known == Known::Cytoplasm && self.is_background(density) {
                *known = Known::Other;
            }
        }
        known
    }

    /// Chamfer distance within which `share` (0..1) of all pixels lie.
    fn reach_of_share(&self, distance: &Plane<u16>, share: f32) -> f32 {
        let steps = distance.data.iter().map(|d| f32::from(*d));
        Histogram::of(
            steps,
            0.0,
            2.0 * SURELY_OTHER * self.red_cell_diameter_px * f32::from(STEP),
            64,
        )
        .quantile(share)
    }

    /// Adds to the odds of colour what is known of place: near nuclei is cell, and background never is, even where
    /// only background was seen around a nucleus.
    fn weigh(&self, mut log_odds: Plane<f32>, distance: &Plane<u16>) -> Plane<f32> {
        let per_step = 1.0 / (f32::from(STEP) * self.red_cell_diameter_px * NEAR);
        let pixels = self.stain.density.data.iter().zip(&distance.data);
        for (odds, (density, distance)) in log_odds.data.iter_mut().zip(pixels) {
            if self.is_background(density) {
                *odds = odds.min(BACKGROUND_ODDS);
            }
            *odds += NEAR_ODDS * (1.0 - f32::from(*distance) * per_step).max(-1.0);
        }
        log_odds
    }

    /// Inside an outline is white cell, outside all of them is not.
    fn learn(&self, cells: &[FittedCell]) -> Plane<Known> {
        let mut known = self.stain.purple.map(|_| Known::Other);
        for cell in cells {
            for at in cell.filled.inside(known.width) {
                known.data[at] = Known::Cytoplasm;
            }
            for &at in &cell.nucleus.pixels {
                known.data[at as usize] = Known::Nucleus;
            }
        }
        known
    }

    fn is_background(&self, density: &[f32; 3]) -> bool {
        density[1] < BACKGROUND * self.cell_level
    }
}
