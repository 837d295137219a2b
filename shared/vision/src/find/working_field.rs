//! The field at working resolution: big frames are averaged down so that time and memory stay bounded.

use image::RgbImage;

use super::plane::Plane;

/// A field reduced by a whole factor; one working pixel is the mean of `factor` x `factor` field pixels.
pub(crate) struct WorkingField {
    pub(crate) factor: usize,
    pub(crate) rgb: Plane<[u8; 3]>,
}

impl WorkingField {
    /// Reduces `field` until its longest side is at most `longest_side` pixels. `None` for an empty picture.
    pub(crate) fn new(field: &RgbImage, longest_side: u32) -> Option<Self> {
        let (width, height) = (field.width() as usize, field.height() as usize);
        if width == 0 || height == 0 {
            return None;
        }
        let factor = width.max(height).div_ceil(longest_side.max(1) as usize).max(1);
        let (w, h) = (width.div_ceil(factor), height.div_ceil(factor));
        let raw = field.as_raw();
        if factor == 1 {
            let data = raw.as_chunks::<3>().0.to_vec();
            return Some(Self {
                factor,
                rgb: Plane { width, height, data },
            });
        }
        let mut rgb = Plane::filled(w, h, [0u8; 3]);
        let mut sums = vec![0u32; width * 3];
        for (band, out) in rgb.data.chunks_exact_mut(w).enumerate() {
            sums.fill(0);
            let rows = (height - band * factor).min(factor);
            for line in raw[band * factor * width * 3..]
                .chunks_exact(width * 3)
                .take(rows)
            {
                for (sum, &value) in sums.iter_mut().zip(line) {
                    *sum += u32::from(value);
                }
            }
            for (pixel, block) in out.iter_mut().zip(sums.chunks(factor * 3)) {
                let count = (rows * block.len() / 3) as u32;
                let mut total = [count / 2; 3];
                for column in block.as_chunks::<3>().0 {
                    for (total, sum) in total.iter_mut().zip(column) {
                        *total += sum;
                    }
                }
                *pixel = total.map(|t| (t / count) as u8);
            }
        }
        Some(Self { factor, rgb })
    }
}
