//! Pictures that look alike: the same scene, saved anew, darker or smaller.

use image::RgbImage;
use image::imageops::{FilterType, grayscale, resize};

/// 64 bits: whether each of 8 x 8 places is brighter than its right neighbour (Krawetz 2013).
pub(super) fn difference_hash(picture: &RgbImage) -> u64 {
    let small = resize(&grayscale(picture), 9, 8, FilterType::Triangle);
    let bit = |i: u32| {
        let (x, y) = (i % 8, i / 8);
        u64::from(small.get_pixel(x, y).0[0] > small.get_pixel(x + 1, y).0[0]) << i
    };
    (0..64).map(bit).sum()
}

/// For each hash the first one of its cluster: hashes at most `bits` apart, directly or over others, are one.
pub(super) fn clusters(hashes: &[u64], bits: u32) -> Vec<usize> {
    let mut first: Vec<usize> = (0..hashes.len()).collect();
    for i in 0..hashes.len() {
        for j in 0..i {
            let (a, b) = (first[i], first[j]);
            if a != b && (hashes[i] ^ hashes[j]).count_ones() <= bits {
                let (low, high) = (a.min(b), a.max(b));
                first.iter_mut().filter(|f| **f == high).for_each(|f| *f = low);
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use blastscope_vision::synthetic::Smear;

    #[test]
    fn the_same_scene_darker_and_smaller_is_alike_and_another_is_not() {
        let a = Smear::draw(&Default::default(), 1, 0.5).image;
        let mut darker = resize(&a, a.width() / 2, a.height() / 2, FilterType::Triangle);
        darker.pixels_mut().for_each(|p| p.0 = p.0.map(|v| v / 2 + v / 4));
        let b = Smear::draw(&Default::default(), 2, 0.5).image;
        let hashes = [&b, &a, &darker].map(difference_hash);
        assert_eq!(clusters(&hashes, 6), [0, 1, 1]);
    }
}
