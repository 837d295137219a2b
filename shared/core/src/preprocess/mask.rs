//! Which pixels belong to the cell.

use super::{BLACK, RgbView};
use crate::{Error, ErrorKind};

/// The outline of one cell on a picture of the same size: 1 inside, 0 outside, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellMask {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) data: Vec<u8>,
    area: u64,
}

impl CellMask {
    /// Every byte that is not 0 counts as inside. Refuses a wrong length and an empty mask.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self, Error> {
        if data.len() as u64 != u64::from(width) * u64::from(height) {
            return Err(Error::new(
                ErrorKind::Malformed,
                format!("mask of {width}x{height} with {} bytes", data.len()),
            ));
        }
        let area = data.iter().filter(|m| **m != 0).count() as u64;
        if area == 0 {
            return Err(Error::new(ErrorKind::Range, "the mask holds no cell"));
        }
        Ok(Self {
            width,
            height,
            data,
            area,
        })
    }

    /// Pixels inside.
    pub fn area(&self) -> u64 {
        self.area
    }

    /// 1 inside, 0 outside, row-major.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Centroid of the pixel centres in 1/65536 pixel from the top-left corner.
    pub(super) fn centroid_q16(&self) -> (i64, i64) {
        let (mut sx, mut sy) = (0u64, 0u64);
        for (y, row) in self.data.chunks_exact(self.width as usize).enumerate() {
            for (x, m) in row.iter().enumerate() {
                if *m != 0 {
                    sx += x as u64;
                    sy += y as u64;
                }
            }
        }
        let q16 = |s: u64| (u128::from(s) * 65536 / u128::from(self.area)) as i64 + 32768;
        (q16(sx), q16(sy))
    }
}

/// True for a picture of one segmented cell on black, as C-NMC has them: nine tenths of its border
/// and a tenth of its pixels are black within JPEG noise.
pub fn is_masked(picture: RgbView<'_>) -> bool {
    let (w, h) = (picture.width as usize, picture.height as usize);
    let dark = |i: usize| usize::from(picture.brightest(i) <= BLACK);
    let all: usize = (0..w * h).map(dark).sum();
    let rows: usize = (0..w).map(|x| dark(x) + dark((h - 1) * w + x)).sum();
    let columns: usize = (0..h).map(|y| dark(y * w) + dark(y * w + w - 1)).sum();
    (rows + columns) * 10 >= (w + h) * 2 * 9 && all * 10 >= w * h
}

/// The cell of a picture that is masked to black: its largest 4-connected part brighter than JPEG
/// noise, holes filled. An error when everything is black.
pub fn masked_cell(picture: RgbView<'_>) -> Result<CellMask, Error> {
    let (w, h) = (picture.width as usize, picture.height as usize);
    let mut part = vec![0u32; w * h];
    let (mut best, mut best_area, mut next) = (0, 0, 0);
    let mut stack = Vec::new();
    for start in 0..w * h {
        if part[start] != 0 || picture.brightest(start) <= BLACK {
            continue;
        }
        next += 1;
        let mut area = 0;
        part[start] = next;
        stack.push(start);
        while let Some(i) = stack.pop() {
            area += 1;
            for_neighbours(i, w, h, |j| {
                if part[j] == 0 && picture.brightest(j) > BLACK {
                    part[j] = next;
                    stack.push(j);
                }
            });
        }
        if area > best_area {
            (best, best_area) = (next, area);
        }
    }
    if best_area == 0 {
        return Err(Error::new(
            ErrorKind::Range,
            "the picture is black: it shows no cell",
        ));
    }
    CellMask::new(picture.width, picture.height, fill_holes(&part, best, w, h))
}

/// 1 where `part` is `label` or cannot be reached from the border without crossing it.
fn fill_holes(part: &[u32], label: u32, w: usize, h: usize) -> Vec<u8> {
    let mut mask = vec![1u8; w * h];
    let mut stack: Vec<usize> = (0..w).flat_map(|x| [x, (h - 1) * w + x]).collect();
    stack.extend((0..h).flat_map(|y| [y * w, y * w + w - 1]));
    stack.retain(|i| part[*i] != label);
    stack.iter().for_each(|i| mask[*i] = 0);
    while let Some(i) = stack.pop() {
        for_neighbours(i, w, h, |j| {
            if mask[j] == 1 && part[j] != label {
                mask[j] = 0;
                stack.push(j);
            }
        });
    }
    mask
}

fn for_neighbours(i: usize, w: usize, h: usize, mut visit: impl FnMut(usize)) {
    let (x, y) = (i % w, i / w);
    if x > 0 {
        visit(i - 1);
    }
    if x + 1 < w {
        visit(i + 1);
    }
    if y > 0 {
        visit(i - w);
    }
    if y + 1 < h {
        visit(i + w);
    }
}
