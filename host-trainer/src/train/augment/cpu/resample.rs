use crate::train::augment::placement::{Fill, Placement};

/// Maps about the centre and moves. Bicubic, because bilinear would blur what is turned and teach the
/// network a sharpness that it never meets afterwards.
pub(crate) fn resample(
    planes: &[u8],
    size: usize,
    placement: &Placement,
    shift: [f32; 2],
    fill: Fill,
    out: &mut [u8],
) {
    let (n, centre) = (size * size, (size as f32 - 1.0) / 2.0);
    let [[xx, xy], [yx, yy]] = placement.rows();
    let side = size as i64;
    let source = Source::of(planes, size);
    for y in 0..size {
        for x in 0..size {
            let (dx, dy) = (x as f32 - centre - shift[0], y as f32 - centre - shift[1]);
            let u = xx * dx + xy * dy + centre;
            let v = yx * dx + yy * dy + centre;
            let (left, top) = (u.floor(), v.floor());
            let (across, down) = (catmull_rom(u - left), catmull_rom(v - top));
            let (left, top) = (left as i64 - 1, top as i64 - 1);
            let whole = (0..side - 3).contains(&left) && (0..side - 3).contains(&top);
            let sums = if whole {
                source.sum_inside(left as usize, top as usize, &across, &down)
            } else {
                source.sum_at_edge(left, top, &across, &down, fill)
            };
            for (c, sum) in sums.iter().take(3).enumerate() {
                out[c * n + y * size + x] = (sum + 0.5) as u8;
            }
        }
    }
}

/// The pixels of a crop as resampling reads them.
struct Source {
    size: usize,
    /// R, G, B and nothing, side by side: one pixel is one vector of four.
    pixels: Vec<[f32; 4]>,
    /// First column and that behind the last of what is not black, of each row.
    lit: Vec<(usize, usize)>,
}

impl Source {
    fn of(planes: &[u8], size: usize) -> Self {
        let n = size * size;
        let value = |c: usize, i: usize| f32::from(planes[c * n + i]);
        let pixels: Vec<[f32; 4]> = (0..n)
            .map(|i| [value(0, i), value(1, i), value(2, i), 0.0])
            .collect();
        let is_lit = |p: &[f32; 4]| *p != [0.0; 4];
        let span = |row: &[[f32; 4]]| {
            let first = row.iter().position(is_lit).unwrap_or(0);
            (first, row.iter().rposition(is_lit).map_or(0, |last| last + 1))
        };
        Self {
            size,
            lit: pixels.chunks_exact(size).map(span).collect(),
            pixels,
        }
    }

    /// Sum over four by four pixels that are all there.
    fn sum_inside(&self, left: usize, top: usize, across: &[f32; 4], down: &[f32; 4]) -> [f32; 4] {
        let mut sums = [0.0f32; 4];
        let rows = &self.lit[top..top + 4];
        if rows
            .iter()
            .all(|(first, behind)| left >= *behind || left + 4 <= *first)
        {
            // Half of a masked crop is black.
            return sums;
        }
        for (oy, wy) in down.iter().enumerate() {
            let start = (top + oy) * self.size + left;
            for (pixel, wx) in self.pixels[start..start + 4].iter().zip(across) {
                let weight = wx * wy;
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += weight * value;
                }
            }
        }
        sums
    }

    /// The same where some of them may be outside.
    fn sum_at_edge(&self, left: i64, top: i64, across: &[f32; 4], down: &[f32; 4], fill: Fill) -> [f32; 4] {
        let (side, mut sums) = (self.size as i64, [0.0f32; 4]);
        for (oy, wy) in down.iter().enumerate() {
            let Some(py) = fill.place(top + oy as i64, side) else {
                continue;
            };
            for (ox, wx) in across.iter().enumerate() {
                let Some(px) = fill.place(left + ox as i64, side) else {
                    continue;
                };
                let weight = wx * wy;
                for (sum, value) in sums.iter_mut().zip(&self.pixels[py * self.size + px]) {
                    *sum += weight * value;
                }
            }
        }
        sums
    }
}

/// Weights of four neighbours at `t` between the middle two (Catmull and Rom 1974).
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (2.0 * t2 - t3 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (4.0 * t2 + t - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
}
