//! Red cells: the ruler of the field. Their diameter, 7 to 8 micrometres in man, tells the magnification.

use super::components::components;
use super::distance::{FAR, STEP, distance_to};
use super::morphology::{dilate, fill_holes};
use super::stain::Stain;
use crate::raster::{Histogram, Plane};

/// Purpleness under which a pixel is certainly no nucleus, whatever the field.
const SURELY_NOT_NUCLEAR: f32 = 0.35;

/// Share of the cell threshold that the pale middle of a red cell still reaches.
const PALE: f32 = 0.6;
/// Share of a field that cells cover from which on their pale middles are left out.
const CROWDED: f32 = 0.5;
/// Red cells are wider than the circle that fits into them by this factor.
const WIDER: f32 = 1.9;

/// Green density above which a pixel is cell rather than background, optical density.
pub(super) fn cell_threshold(stain: &Stain) -> f32 {
    let pairs = stain.density.data.iter().zip(&stain.purple.data);
    let greens = pairs.filter(|(_, p)| **p < SURELY_NOT_NUCLEAR).map(|(d, _)| d[1]);
    let split = Histogram::of(greens, -0.2, 0.8, 100).otsu();
    split.unwrap_or(0.1).clamp(0.05, 0.3)
}

/// The red cells of a field as a ruler.
pub(super) struct RedCells {
    /// Diameters of red cells that lie alone, working pixels, ascending.
    pub(super) lone: Vec<f32>,
    /// Diameter of the red cells including those that touch, from the circles that fit into them, working
    /// pixels; `None` without any.
    pub(super) inscribed: Option<f32>,
}

/// Measures the red cells: what is denser than background, away from nuclei. `threshold` is the green density
/// that tells cells from background.
pub(super) fn measure_red_cells(stain: &Stain, nuclei: &Plane<u8>, threshold: f32) -> RedCells {
    let (w, h) = (nuclei.width, nuclei.height);
    let near_nuclei = dilate(nuclei, 2.0);
    let denser_than = |threshold: f32| {
        let mut red = stain.density.map(|d| u8::from(d[1] > threshold));
        for (red, near) in red.data.iter_mut().zip(&near_nuclei.data) {
            *red &= 1 - near;
        }
        fill_holes(&mut red);
        for (red, nucleus) in red.data.iter_mut().zip(&nuclei.data) {
            *red &= 1 - nucleus;
        }
        red
    };
    let red = denser_than(threshold);
    let mut diameters: Vec<f32> = components(&red, 40)
        .iter()
        .filter(|c| !c.cut_by_border(w, h) && looks_round(c.extent(), c.area()))
        .map(|c| c.diameter())
        .collect();
    diameters.sort_by(f32::total_cmp);
    let pale_mask = denser_than(PALE * threshold);
    let covered = pale_mask.data.iter().filter(|v| **v != 0).count() as f32 / pale_mask.data.len() as f32;
    // Where cells lie close, the wider mask runs them together.
    let inscribed = inscribed_diameter(if covered > CROWDED { &red } else { &pale_mask });
    // Specks and platelets are many but small: only what is near the ruler of the field is a red cell.
    let centre = inscribed.unwrap_or(0.0);
    diameters.retain(|d| *d > 0.7 * centre && *d < 1.6 * centre);
    RedCells {
        lone: diameters,
        inscribed,
    }
}

/// Area-weighted median diameter of the largest circles that fit into a mask.
fn inscribed_diameter(mask: &Plane<u8>) -> Option<f32> {
    let depth = distance_to(mask, |v| v == 0);
    let (w, h) = (depth.width as i32, depth.height as i32);
    let mut peaks = Vec::new();
    for y in 1..h - 1 {
        for x in 1..w - 1 {
            let here = depth.data[(y * w + x) as usize];
            if here < 2 * STEP || here == FAR {
                continue;
            }
            let higher =
                (-2..=2).any(|dy| (-2..=2).any(|dx| depth.get(x + dx, y + dy).is_some_and(|d| d > here)));
            if !higher {
                peaks.push(f32::from(here));
            }
        }
    }
    peaks.sort_by(f32::total_cmp);
    // A circle fits the narrow way into an oval cell: red cells are a little wider.
    Some(area_weighted_median(&peaks))
        .filter(|r| *r > 0.0)
        .map(|r| WIDER * r / f32::from(STEP))
}

/// True for the box and the area of a disc or a mild ellipse.
fn looks_round((width, height): (usize, usize), area: f32) -> bool {
    let (w, h) = (width as f32, height as f32);
    let fill = area / (w * h);
    w.max(h) < 1.4 * w.min(h) && (0.70..0.86).contains(&fill)
}

fn area_weighted_median(diameters: &[f32]) -> f32 {
    let half = diameters.iter().map(|d| d * d).sum::<f32>() / 2.0;
    let mut seen = 0.0;
    for &d in diameters {
        seen += d * d;
        if seen >= half {
            return d;
        }
    }
    0.0
}
