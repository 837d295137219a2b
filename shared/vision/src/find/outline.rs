//! The outline of one cell: the closed curve around its nucleus that parts best what looks like white cell
//! from what does not, and lies on edges. Found exactly, by dynamic programming over rays.

use crate::raster::{Plane, Point};

/// Rays around the centre.
pub(super) const RAYS: usize = 96;
/// Steps along a ray.
const STEPS: usize = 64;
/// Most steps that the outline may move between neighbouring rays.
const BEND: usize = 3;
/// Cost of a bend of one step, squared in steps.
const STIFFNESS: f32 = 0.12;
/// Weight of an edge against the region's log odds.
const EDGE: f32 = 2.5;

/// Closed outline: corner points in working pixels, pixel centres at whole numbers plus one half.
pub(super) struct Outline {
    pub(super) points: Vec<Point>,
}

/// What the outline is fitted to.
pub(super) struct Evidence<'a> {
    /// Log odds of every pixel being white cell.
    pub(super) log_odds: &'a Plane<f32>,
    /// Optical densities, for the edges.
    pub(super) density: &'a Plane<[f32; 3]>,
    /// 0 no nucleus, else one more than the index of the nucleus at the pixel.
    pub(super) nucleus: &'a Plane<u16>,
}

/// Fits the outline of the cell with the nuclei `own` (labels) around `centre`, no farther than `reach` pixels.
pub(super) fn fit_outline(evidence: &Evidence, own: &[u16], centre: Point, reach: f32) -> Outline {
    let directions = directions();
    let step = reach / STEPS as f32;
    let costs: Vec<[f32; STEPS]> = directions
        .iter()
        .map(|d| ray_costs(evidence, own, centre, *d, step))
        .collect();
    let radii = cheapest_ring(&costs);
    let points = directions
        .iter()
        .zip(radii)
        .map(|(direction, r)| {
            let radius = (r as f32 + 1.0) * step;
            Point::new(centre.x + direction.x * radius, centre.y + direction.y * radius)
        })
        .collect();
    Outline { points }
}

/// Cost of ending the cell after each step of a ray.
fn ray_costs(evidence: &Evidence, own: &[u16], centre: Point, direction: Point, step: f32) -> [f32; STEPS] {
    let mut colours = [None; STEPS + 2];
    let mut costs = [0.0f32; STEPS];
    let mut gain = 0.0;
    for (at, colour) in colours.iter_mut().enumerate() {
        let radius = (at as f32 + 0.5) * step;
        let x = (centre.x + direction.x * radius).floor() as i32;
        let y = (centre.y + direction.y * radius).floor() as i32;
        *colour = evidence.density.get(x, y);
        if at >= STEPS {
            continue;
        }
        let odds = match evidence.nucleus.get(x, y) {
            None => 0.0,
            Some(0) => evidence.log_odds.get(x, y).unwrap_or(0.0),
            Some(n) if own.contains(&n) => 4.0,
            Some(_) => -2.5,
        };
        // A step far out stands for more area than one near the centre.
        gain += odds * (at as f32 + 0.5) * (4.0 / STEPS as f32);
        costs[at] = -gain;
    }
    for (at, cost) in costs.iter_mut().enumerate().skip(1) {
        *cost -= EDGE * edge_between(&colours, at);
    }
    costs
}

/// Colour difference across the end of step `at`, two steps on either side, 0..1.
fn edge_between(colours: &[Option<[f32; 3]>; STEPS + 2], at: usize) -> f32 {
    let (Some(a), Some(b), Some(c), Some(d)) =
        (colours[at - 1], colours[at], colours[at + 1], colours[at + 2])
    else {
        return 0.0;
    };
    let difference: f32 = (0..3).map(|i| (a[i] + b[i] - c[i] - d[i]).abs()).sum();
    (difference * 0.5).min(1.0)
}

/// Radii (steps) of the closed ring of least cost. The ring is unrolled twice and its middle taken, so that
/// its ends meet.
fn cheapest_ring(costs: &[[f32; STEPS]]) -> Vec<usize> {
    let rays = costs.len();
    let mut best = costs[0];
    let mut from: Vec<[u8; STEPS]> = Vec::with_capacity(2 * rays);
    for ray in 1..2 * rays {
        let mut next = [0.0; STEPS];
        let mut back = [0u8; STEPS];
        for r in 0..STEPS {
            let (mut least, mut origin) = (f32::MAX, r);
            for (p, &before) in best
                .iter()
                .enumerate()
                .take((r + BEND + 1).min(STEPS))
                .skip(r.saturating_sub(BEND))
            {
                let bend = r.abs_diff(p) as f32;
                let cost = before + STIFFNESS * bend * bend;
                if cost < least {
                    (least, origin) = (cost, p);
                }
            }
            next[r] = least + costs[ray % rays][r];
            back[r] = origin as u8;
        }
        best = next;
        from.push(back);
    }
    let mut at = (0..STEPS)
        .min_by(|a, b| best[*a].total_cmp(&best[*b]))
        .unwrap_or(0);
    let mut radii = vec![0; rays];
    for ray in (1..2 * rays).rev() {
        if (rays / 2..rays + rays / 2).contains(&ray) {
            radii[ray % rays] = at;
        }
        at = usize::from(from[ray - 1][at]);
    }
    radii
}

/// Unit vectors of the rays, by repeated rotation: plain arithmetic gives the same on every processor.
fn directions() -> Vec<Point> {
    // Cosine and sine of 360/96 = 3.75 degrees.
    let (c, s) = (0.997_858_923_238_603_5_f64, 0.065_403_129_230_143_07_f64);
    let mut d = (1.0f64, 0.0f64);
    (0..RAYS)
        .map(|_| {
            let here = d;
            d = (d.0 * c - d.1 * s, d.0 * s + d.1 * c);
            Point::new(here.0 as f32, here.1 as f32)
        })
        .collect()
}
