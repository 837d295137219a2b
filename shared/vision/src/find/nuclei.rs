//! Nuclei: the purple of the field, cleaned, its lobes joined and its touching nuclei parted.

use super::components::{Component, components};
use super::distance::{STEP, distance_to};
use super::morphology::{fill_holes, open};
use super::settings::FinderSettings;
use super::stain::Stain;
use crate::raster::{Histogram, Plane};

/// Bound on the nuclei of a field whatever the settings: labels of nuclei and their parts are 16 bits.
const MOST_NUCLEI: usize = 4000;

/// Purpleness above which a pixel is nuclear, and the level of red cells it was measured from.
pub(super) struct NuclearThreshold {
    pub(super) threshold: f32,
    pub(super) red_level: f32,
}

/// Finds the threshold from the field itself: above the spread of red cells, and part of the way to the
/// typical purple of what exceeds it; `None` where all is background. `cell_threshold` is the green density that tells cells from background.
pub(super) fn nuclear_threshold(
    stain: &Stain,
    cell_threshold: f32,
    settings: &FinderSettings,
) -> Option<NuclearThreshold> {
    let pairs = stain.density.data.iter().zip(&stain.purple.data);
    let cells = pairs.filter(|(d, _)| d[1] > cell_threshold).map(|(_, p)| *p);
    let histogram = Histogram::of(cells, -0.5, 3.0, 175);
    if histogram.total() == 0 {
        return None;
    }
    let split = histogram.otsu().unwrap_or(1.0);
    let red_level = histogram.quantile_below(split, 0.5);
    let least = (red_level + settings.least_purple).max(histogram.quantile_below(split, 0.95));
    // From the darkest nuclei downwards, each round letting in what is nearer to nuclei than to red cells.
    let mut threshold = least.max(0.5 * (red_level + histogram.quantile(0.995)));
    for _ in 0..4 {
        let level = histogram.mean_above(threshold);
        threshold = least.max(red_level + settings.nuclear_level * (level - red_level));
    }
    Some(NuclearThreshold { threshold, red_level })
}

/// Pixels above the threshold, holes filled.
pub(super) fn nuclear_mask(stain: &Stain, threshold: f32) -> Plane<u8> {
    let mut mask = stain.purple.map(|p| u8::from(p > threshold));
    fill_holes(&mut mask);
    mask
}

/// Nuclei of the field, each with all its lobes. `red_cell_diameter_px` is the red-cell diameter in working pixels.
pub(super) fn nuclei(
    mask: &Plane<u8>,
    is_cell: impl Fn(usize) -> bool,
    red_cell_diameter_px: f32,
    settings: &FinderSettings,
) -> Vec<Component> {
    let cleaned = open(mask, 0.05 * red_cell_diameter_px);
    let least = settings.least_nucleus * red_cell_diameter_px;
    let smallest = (0.25 * std::f32::consts::PI * least * least).max(4.0) as usize;
    let mut whole = components(&cleaned, smallest);
    let most = settings.most_nuclei.min(MOST_NUCLEI);
    if whole.len() > most {
        // More than any field holds is dirt or noise; the largest are the likeliest cells.
        whole.sort_by_key(|c| std::cmp::Reverse(c.pixels.len()));
        whole.truncate(most);
    }
    let parts = whole
        .into_iter()
        .flat_map(|c| part_touching(c, mask.width, settings.least_split * red_cell_diameter_px))
        .collect();
    join_lobes(parts, mask, is_cell, red_cell_diameter_px, settings)
}

/// Parts a component where it is much narrower than on both sides of the waist, if every part has an
/// inscribed circle of at least `least` pixels across; lobes of one nucleus are smaller than that.
fn part_touching(component: Component, width: usize, least: f32) -> Vec<Component> {
    if component.diameter() < 1.3 * least {
        return vec![component];
    }
    let local = component.alone(width, 1);
    let depth = distance_to(&local, |v| v == 0);
    let radius = least / 2.0 * f32::from(STEP);
    let levels = 12;
    for level in 1..=levels {
        let cut = (radius * 0.95 * level as f32 / levels as f32) as u16;
        let cores: Vec<Component> = components(&depth.map(|d| u8::from(d > cut)), 1)
            .into_iter()
            .filter(|c| {
                c.pixels
                    .iter()
                    .any(|&at| f32::from(depth.data[at as usize]) >= radius)
            })
            .collect();
        let clear = |c: &Component| {
            let deepest = c
                .pixels
                .iter()
                .map(|&at| depth.data[at as usize])
                .max()
                .unwrap_or(0);
            f32::from(cut) < 0.7 * f32::from(deepest)
        };
        if cores.len() > 1 && cores.iter().all(clear) {
            return divide(&component, &cores, width);
        }
    }
    vec![component]
}

/// Gives every pixel of `component` to the nearest of `cores`, which lie in its box padded by one pixel.
fn divide(component: &Component, cores: &[Component], width: usize) -> Vec<Component> {
    let (w, h) = component.extent();
    let distances: Vec<Plane<u16>> = cores
        .iter()
        .map(|core| {
            let mut own = Plane::filled(w + 2, h + 2, 0u8);
            for &at in &core.pixels {
                own.data[at as usize] = 1;
            }
            distance_to(&own, |v| v != 0)
        })
        .collect();
    let mut parts = vec![Vec::new(); cores.len()];
    for &at in &component.pixels {
        let (x, y) = (
            at as usize % width - component.left + 1,
            at as usize / width - component.top + 1,
        );
        let here = y * (w + 2) + x;
        let nearest = (0..cores.len())
            .min_by_key(|&c| distances[c].data[here])
            .unwrap_or(0);
        parts[nearest].push(at);
    }
    parts
        .into_iter()
        .filter(|p| !p.is_empty())
        .map(|p| Component::from_pixels(p, width))
        .collect()
}

/// Joins lobes that lie close together with cell, not background, between them.
fn join_lobes(
    parts: Vec<Component>,
    mask: &Plane<u8>,
    is_cell: impl Fn(usize) -> bool,
    red_cell_diameter_px: f32,
    settings: &FinderSettings,
) -> Vec<Component> {
    let mut parts = parts;
    // The closest pair first, so that a lobe goes to its own cell.
    loop {
        let mut closest: Option<(f32, usize, usize)> = None;
        for i in 0..parts.len() {
            for j in i + 1..parts.len() {
                let (a, b) = (&parts[i], &parts[j]);
                if a.diameter().min(b.diameter()) > settings.largest_lobe * red_cell_diameter_px {
                    continue;
                }
                let (w, h) = joint_extent(a, b);
                if w.max(h) as f32 > settings.lobe_span * red_cell_diameter_px {
                    continue;
                }
                let (gap, from, to) = gap_between(a, b, mask.width);
                let best = closest.map_or(settings.lobe_gap * red_cell_diameter_px, |c| c.0);
                if gap < best && cell_between(from, to, &is_cell, mask.width) {
                    closest = Some((gap, i, j));
                }
            }
        }
        let Some((_, i, j)) = closest else { return parts };
        let other = parts.remove(j);
        let one = parts.remove(i);
        parts.insert(i, one.join(other));
    }
}

fn joint_extent(a: &Component, b: &Component) -> (usize, usize) {
    (
        a.right.max(b.right) + 1 - a.left.min(b.left),
        a.bottom.max(b.bottom) + 1 - a.top.min(b.top),
    )
}

/// Shortest distance between two components in pixels and the two pixels it lies between, on a thinned set.
fn gap_between(a: &Component, b: &Component, width: usize) -> (f32, (i32, i32), (i32, i32)) {
    let thin = |c: &Component| {
        let stride = (c.pixels.len() / 80).max(1);
        let place = |&at: &u32| ((at as usize % width) as i32, (at as usize / width) as i32);
        c.pixels.iter().step_by(stride).map(place).collect::<Vec<_>>()
    };
    let (pa, pb) = (thin(a), thin(b));
    let mut best = (f32::MAX, (0, 0), (0, 0));
    for &p in &pa {
        for &q in &pb {
            let (dx, dy) = ((p.0 - q.0) as f32, (p.1 - q.1) as f32);
            let d = dx * dx + dy * dy;
            if d < best.0 {
                best = (d, p, q);
            }
        }
    }
    (best.0.sqrt(), best.1, best.2)
}

/// True when most of the straight way between two pixels is cell.
fn cell_between(from: (i32, i32), to: (i32, i32), is_cell: &impl Fn(usize) -> bool, width: usize) -> bool {
    let steps = (from.0 - to.0).abs().max((from.1 - to.1).abs()).max(1);
    let on_cell = (0..=steps)
        .filter(|s| {
            let x = from.0 + (to.0 - from.0) * s / steps;
            let y = from.1 + (to.1 - from.1) * s / steps;
            is_cell(y as usize * width + x as usize)
        })
        .count();
    on_cell as i32 * 4 >= (steps + 1) * 3
}
