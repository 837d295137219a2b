use super::Point;

/// A box of whole pixels on a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Rect {
    /// One past the last column.
    pub fn right(&self) -> u32 {
        self.left + self.width
    }

    /// One past the last row.
    pub fn bottom(&self) -> u32 {
        self.top + self.height
    }

    /// The top-left corner.
    pub fn origin(&self) -> Point {
        Point::new(self.left as f32, self.top as f32)
    }

    /// The middle, which lies on a corner of pixels where a side is even.
    pub fn centre(&self) -> Point {
        Point::new(
            self.left as f32 + self.width as f32 / 2.0,
            self.top as f32 + self.height as f32 / 2.0,
        )
    }

    /// True for a pixel inside.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        (self.left..self.right()).contains(&x) && (self.top..self.bottom()).contains(&y)
    }

    /// The least box around both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        Self {
            left,
            top,
            width: self.right().max(other.right()) - left,
            height: self.bottom().max(other.bottom()) - top,
        }
    }

    /// Columns and rows between two boxes; below 0 where they overlap.
    pub fn gap(&self, other: &Self) -> (f32, f32) {
        (
            self.left.max(other.left) as f32 - self.right().min(other.right()) as f32,
            self.top.max(other.top) as f32 - self.bottom().min(other.bottom()) as f32,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(left: u32, top: u32, width: u32, height: u32) -> Rect {
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn boxes_tell_their_union_and_the_gap_between_them() {
        let (a, b) = (rect(2, 3, 4, 5), rect(8, 1, 2, 3));
        assert_eq!(a.union(&b), rect(2, 1, 8, 7));
        assert_eq!(a.gap(&b), (2.0, -1.0));
        assert_eq!((a.right(), a.bottom(), a.centre()), (6, 8, Point::new(4.0, 5.5)));
        assert!(a.contains(2, 7) && !a.contains(6, 7));
    }
}
