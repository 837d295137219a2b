use super::Point;

/// A binary mask, row-major from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// 1 inside, 0 outside; `width` x `height` values.
    pub data: Vec<u8>,
}

impl Mask {
    /// Number of pixels inside.
    pub fn area(&self) -> u32 {
        self.data.iter().map(|v| u32::from(*v != 0)).sum()
    }

    /// Mean position of the pixels inside, in pixels from the top-left corner; (0, 0) for an empty mask.
    pub fn centroid(&self) -> Point {
        let (mut sx, mut sy, mut n) = (0u64, 0u64, 0u64);
        for (y, row) in self.data.chunks_exact(self.width.max(1) as usize).enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, v)| **v != 0) {
                sx += x as u64;
                sy += y as u64;
                n += 1;
            }
        }
        let n = n.max(1) as f32;
        Point::new(sx as f32 / n, sy as f32 / n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_measure_themselves() {
        let mask = Mask {
            width: 3,
            height: 2,
            data: vec![0, 1, 1, 0, 1, 1],
        };
        assert_eq!(mask.area(), 4);
        assert_eq!(mask.centroid(), Point::new(1.5, 0.5));
        assert_eq!(
            Mask {
                width: 0,
                height: 0,
                data: Vec::new()
            }
            .centroid(),
            Point::new(0.0, 0.0)
        );
    }
}
