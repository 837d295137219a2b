//! From an outline to a filled mask.

use crate::raster::{Point, Rect};

/// A filled mask in its box.
pub(super) struct Filled {
    pub(super) bounds: Rect,
    /// Row-major, 1 inside.
    pub(super) data: Vec<u8>,
}

impl Filled {
    /// Pixels inside, as indices into a plane `width` pixels wide.
    pub(super) fn inside(&self, width: usize) -> impl Iterator<Item = usize> {
        let Rect {
            left, top, width: w, ..
        } = self.bounds;
        let (w, left, top) = (w as usize, left as usize, top as usize);
        let set = self.data.iter().enumerate().filter(|(_, v)| **v != 0);
        set.map(move |(i, _)| (top + i / w) * width + left + i % w)
    }

    /// True when the pixel with index `at` in a plane `width` pixels wide is inside.
    pub(super) fn holds(&self, at: usize, width: usize) -> bool {
        let (x, y) = ((at % width) as u32, (at / width) as u32);
        let Rect { left, top, width, .. } = self.bounds;
        self.bounds.contains(x, y) && self.data[((y - top) * width + x - left) as usize] != 0
    }

    /// Number of pixels inside.
    pub(super) fn area(&self) -> f32 {
        self.data.iter().map(|v| u32::from(*v)).sum::<u32>() as f32
    }

    /// Diameter of the disc of the same area, pixels.
    pub(super) fn diameter(&self) -> f32 {
        (self.area() * 4.0 / std::f32::consts::PI).sqrt()
    }

    /// Both masks in one.
    pub(super) fn union(&self, other: &Self) -> Self {
        let bounds = self.bounds.union(&other.bounds);
        let width = bounds.width as usize;
        let mut data = vec![0u8; width * bounds.height as usize];
        for part in [self, other] {
            for (y, row) in part.data.chunks_exact(part.bounds.width as usize).enumerate() {
                let from_left = (part.bounds.left - bounds.left) as usize;
                let at = ((part.bounds.top - bounds.top) as usize + y) * width + from_left;
                for (value, own) in data[at..].iter_mut().zip(row) {
                    *value |= own;
                }
            }
        }
        Self { bounds, data }
    }
}

/// Fills a polygon (even-odd) whose corners are in pixels of a picture of `width` x `height`, clipped to it.
/// `None` when no pixel centre lies inside.
pub(super) fn fill_polygon(points: &[Point], width: u32, height: u32) -> Option<Filled> {
    let bound = |v: f32, limit: u32| (v.max(0.0) as u32).min(limit);
    let low = |f: fn(&Point) -> f32| points.iter().map(f).fold(f32::MAX, f32::min);
    let high = |f: fn(&Point) -> f32| points.iter().map(f).fold(f32::MIN, f32::max);
    let (left, right) = (bound(low(|p| p.x), width), bound(high(|p| p.x) + 1.0, width));
    let (top, bottom) = (bound(low(|p| p.y), height), bound(high(|p| p.y) + 1.0, height));
    if left >= right || top >= bottom {
        return None;
    }
    let (w, h) = (right - left, bottom - top);
    let mut data = vec![0u8; w as usize * h as usize];
    let mut crossings = Vec::new();
    for (row, line) in data.chunks_exact_mut(w as usize).enumerate() {
        let y = top as f32 + row as f32 + 0.5;
        crossings.clear();
        for (i, &a) in points.iter().enumerate() {
            let b = points[(i + 1) % points.len()];
            if (a.y <= y) != (b.y <= y) {
                crossings.push(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
            }
        }
        crossings.sort_by(f32::total_cmp);
        for pair in crossings.as_chunks::<2>().0 {
            let column = |x: f32| ((x - left as f32 + 0.5).max(0.0) as usize).min(w as usize);
            line[column(pair[0])..column(pair[1])].fill(1);
        }
    }
    let bounds = Rect {
        left,
        top,
        width: w,
        height: h,
    };
    trim(&Filled { bounds, data })
}

/// Cuts empty rows and columns away from the edges. `None` when nothing is set.
fn trim(filled: &Filled) -> Option<Filled> {
    let w = filled.bounds.width as usize;
    let rows: Vec<&[u8]> = filled.data.chunks_exact(w.max(1)).collect();
    let used_row = |row: &&[u8]| row.contains(&1);
    let top = rows.iter().position(used_row)?;
    let bottom = rows.iter().rposition(used_row)?;
    let used_column = |x: &usize| rows.iter().any(|row| row[*x] == 1);
    let left = (0..w).find(used_column)?;
    let right = (0..w).rev().find(used_column)?;
    let data = rows[top..=bottom]
        .iter()
        .flat_map(|row| row[left..=right].iter().copied())
        .collect();
    let bounds = Rect {
        left: filled.bounds.left + left as u32,
        top: filled.bounds.top + top as u32,
        width: (right + 1 - left) as u32,
        height: (bottom + 1 - top) as u32,
    };
    Some(Filled { bounds, data })
}
