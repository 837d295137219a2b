//! From an outline to a filled mask.

/// A filled mask and the place of its top-left corner.
pub(super) struct Filled {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Row-major, 1 inside.
    pub(super) data: Vec<u8>,
}

impl Filled {
    /// Pixels inside, as indices into a plane `width` pixels wide.
    pub(super) fn inside(&self, width: usize) -> impl Iterator<Item = usize> {
        let (w, left, top) = (self.width as usize, self.left as usize, self.top as usize);
        let set = self.data.iter().enumerate().filter(|(_, v)| **v != 0);
        set.map(move |(i, _)| (top + i / w) * width + left + i % w)
    }

    /// True when the pixel with index `at` in a plane `width` pixels wide is inside.
    pub(super) fn holds(&self, at: usize, width: usize) -> bool {
        let (x, y) = (
            (at % width) as i64 - i64::from(self.left),
            (at / width) as i64 - i64::from(self.top),
        );
        let (w, h) = (i64::from(self.width), i64::from(self.height));
        (0..w).contains(&x) && (0..h).contains(&y) && self.data[(y * w + x) as usize] != 0
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
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let width = (self.left + self.width).max(other.left + other.width) - left;
        let height = (self.top + self.height).max(other.top + other.height) - top;
        let mut data = vec![0u8; width as usize * height as usize];
        for part in [self, other] {
            for (y, row) in part.data.chunks_exact(part.width as usize).enumerate() {
                let at = ((part.top - top) as usize + y) * width as usize + (part.left - left) as usize;
                for (value, own) in data[at..].iter_mut().zip(row) {
                    *value |= own;
                }
            }
        }
        Self {
            left,
            top,
            width,
            height,
            data,
        }
    }
}

/// Fills a polygon (even-odd) whose corners are in pixels of a picture of `width` x `height`, clipped to it.
/// `None` when no pixel centre lies inside.
pub(super) fn fill_polygon(points: &[(f32, f32)], width: u32, height: u32) -> Option<Filled> {
    let bound = |v: f32, limit: u32| (v.max(0.0) as u32).min(limit);
    let low = |f: fn(&(f32, f32)) -> f32| points.iter().map(f).fold(f32::MAX, f32::min);
    let high = |f: fn(&(f32, f32)) -> f32| points.iter().map(f).fold(f32::MIN, f32::max);
    let (left, right) = (bound(low(|p| p.0), width), bound(high(|p| p.0) + 1.0, width));
    let (top, bottom) = (bound(low(|p| p.1), height), bound(high(|p| p.1) + 1.0, height));
    if left >= right || top >= bottom {
        return None;
    }
    let (w, h) = (right - left, bottom - top);
    let mut data = vec![0u8; w as usize * h as usize];
    let mut crossings = Vec::new();
    for (row, line) in data.chunks_exact_mut(w as usize).enumerate() {
        let y = top as f32 + row as f32 + 0.5;
        crossings.clear();
        for (i, &(x0, y0)) in points.iter().enumerate() {
            let (x1, y1) = points[(i + 1) % points.len()];
            if (y0 <= y) != (y1 <= y) {
                crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
            }
        }
        crossings.sort_by(f32::total_cmp);
        for pair in crossings.as_chunks::<2>().0 {
            let column = |x: f32| ((x - left as f32 + 0.5).max(0.0) as usize).min(w as usize);
            line[column(pair[0])..column(pair[1])].fill(1);
        }
    }
    trim(&Filled {
        left,
        top,
        width: w,
        height: h,
        data,
    })
}

/// Cuts empty rows and columns away from the edges. `None` when nothing is set.
pub(super) fn trim(filled: &Filled) -> Option<Filled> {
    let w = filled.width as usize;
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
    Some(Filled {
        left: filled.left + left as u32,
        top: filled.top + top as u32,
        width: (right + 1 - left) as u32,
        height: (bottom + 1 - top) as u32,
        data,
    })
}
