//! Connected components (8-connected) of a binary plane.

use super::runs::Runs;
use crate::raster::{Plane, Point};

/// One connected component.
#[derive(Clone, Debug)]
pub(super) struct Component {
    /// Indices into the plane, row-major.
    pub(super) pixels: Vec<u32>,
    /// Bounding box, inclusive.
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Component {
    /// Gathers pixels of a plane that is `width` pixels wide.
    pub(super) fn from_pixels(pixels: Vec<u32>, width: usize) -> Self {
        let (mut left, mut top, mut right, mut bottom) = (usize::MAX, usize::MAX, 0, 0);
        for &at in &pixels {
            let (x, y) = (at as usize % width, at as usize / width);
            left = left.min(x);
            right = right.max(x);
            top = top.min(y);
            bottom = bottom.max(y);
        }
        Self {
            pixels,
            left,
            top,
            right,
            bottom,
        }
    }

    /// Area in pixels.
    pub(super) fn area(&self) -> f32 {
        self.pixels.len() as f32
    }

    /// Diameter of the disc of the same area, pixels.
    pub(super) fn diameter(&self) -> f32 {
        (self.area() * 4.0 / std::f32::consts::PI).sqrt()
    }

    /// Width and height of the bounding box, pixels.
    pub(super) fn extent(&self) -> (usize, usize) {
        (self.right + 1 - self.left, self.bottom + 1 - self.top)
    }

    /// True when the component reaches the border of a plane of this size.
    pub(super) fn cut_by_border(&self, width: usize, height: usize) -> bool {
        self.left == 0 || self.top == 0 || self.right + 1 >= width || self.bottom + 1 >= height
    }

    /// Mean position, pixels.
    pub(super) fn centroid(&self, width: usize) -> Point {
        let (mut sx, mut sy) = (0u64, 0u64);
        for &at in &self.pixels {
            sx += u64::from(at) % width as u64;
            sy += u64::from(at) / width as u64;
        }
        let n = self.pixels.len().max(1) as f32;
        Point::new(sx as f32 / n, sy as f32 / n)
    }

    /// Its pixels set on a plane of its box with a margin of `padding` unset pixels all around. `width` is that of
    /// the plane that it lies in.
    pub(super) fn alone(&self, width: usize, padding: usize) -> Plane<u8> {
        let (w, h) = self.extent();
        let mut plane = Plane::filled(w + 2 * padding, h + 2 * padding, 0u8);
        for &at in &self.pixels {
            let (x, y) = (at as usize % width - self.left, at as usize / width - self.top);
            plane.data[(y + padding) * plane.width + x + padding] = 1;
        }
        plane
    }

    /// One component of the pixels of both.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.pixels.extend(other.pixels);
        self.left = self.left.min(other.left);
        self.top = self.top.min(other.top);
        self.right = self.right.max(other.right);
        self.bottom = self.bottom.max(other.bottom);
        self
    }
}

/// Components of the set pixels with at least `smallest` pixels, in reading order of their first pixel; their
/// pixels are in reading order.
pub(super) fn components(mask: &Plane<u8>, smallest: usize) -> Vec<Component> {
    let mut runs = Runs::of(mask, 1, true);
    let count = runs.runs.len();
    let roots: Vec<usize> = (0..count).map(|i| runs.root(i)).collect();
    let mut areas = vec![0usize; count];
    for (run, &root) in runs.runs.iter().zip(&roots) {
        areas[root] += run.to - run.from;
    }
    let mut place = vec![usize::MAX; count];
    let mut found: Vec<Component> = Vec::new();
    for (run, &root) in runs.runs.iter().zip(&roots) {
        if areas[root] < smallest.max(1) {
            continue;
        }
        if place[root] == usize::MAX {
            place[root] = found.len();
            found.push(Component {
                pixels: Vec::with_capacity(areas[root]),
                left: run.from,
                top: run.row,
                right: run.to - 1,
                bottom: run.row,
            });
        }
        let component = &mut found[place[root]];
        let start = run.row * mask.width;
        component
            .pixels
            .extend((start + run.from..start + run.to).map(|at| at as u32));
        component.left = component.left.min(run.from);
        component.right = component.right.max(run.to - 1);
        component.bottom = run.row;
    }
    found
}
