//! Enhancement of a picture before it is resampled, in integers: the same bytes on every machine.

use super::{CellMask, Enhancement, RgbView};

/// Mean that every channel is brought to.
const MEAN: i64 = 128;
/// Standard deviation that every channel is brought to: what lies within 2.6 of them fits into 8 bits.
const DEVIATION: i64 = 48;
/// Fractions of a normalised value: 1/256.
const ONE: i64 = 256;
/// Reach of the average filter: 5 x 5 pixels.
const REACH: i64 = 2;

/// The enhanced pixels of a picture, interleaved; `None` where nothing is to be done. With a mask,
/// pixels outside it are neither counted nor changed.
///
/// `alkhouli2024` names three steps: statistics of the colours normalised per channel, an average filter,
/// and the Laplacian subtracted from it. With v a channel of the picture, m and s its mean and standard
/// deviation, A the mean of 5 x 5 pixels and L the Laplacian of four neighbours:
///
/// > n = 128 + 48 (v - m) / s, limited to 0..=255
/// > out = A(n) - L(n), limited to 0..=255, with L(n) = up + down + left + right - 4 n
///
/// The paper gives neither the target of the normalisation nor the size of the filters nor what is done
/// at the border. Chosen here: 128 and 48; 5 x 5 and four neighbours; a neighbour that is missing (outside
/// the picture or the mask) counts as the pixel itself. A channel of one value throughout becomes 128. Normalised
/// values have 8 binary places, means and deviations 16.
pub(super) fn enhance(picture: RgbView<'_>, mask: Option<&CellMask>, how: Enhancement) -> Option<Vec<u8>> {
    match how {
        Enhancement::None => None,
        Enhancement::Alkhouli2024 => Some(alkhouli2024(picture, mask)),
    }
}

fn alkhouli2024(picture: RgbView<'_>, mask: Option<&CellMask>) -> Vec<u8> {
    let (w, h) = (i64::from(picture.width), i64::from(picture.height));
    let inside = |i: usize| mask.is_none_or(|m| m.data[i] != 0);
    let mut out = picture.data.to_vec();
    for channel in 0..3 {
        let table = normalised(&histogram(picture, channel, &inside));
        let value = |i: usize| table[usize::from(picture.data[i * 3 + channel])];
        for y in 0..h {
            for x in 0..w {
                let here = (y * w + x) as usize;
                if !inside(here) {
                    continue;
                }
                let own = value(here);
                let at = |dx: i64, dy: i64| {
                    let (x, y) = (x + dx, y + dy);
                    if x < 0 || y < 0 || x >= w || y >= h {
                        return own;
                    }
                    let i = (y * w + x) as usize;
                    if inside(i) { value(i) } else { own }
                };
                let mut sum = 0;
                for dy in -REACH..=REACH {
                    for dx in -REACH..=REACH {
                        sum += at(dx, dy);
                    }
                }
                let average = (sum * 2 + 25) / 50;
                let laplacian = at(0, -1) + at(0, 1) + at(-1, 0) + at(1, 0) - 4 * own;
                let value = (average - laplacian + ONE / 2).div_euclid(ONE);
                out[here * 3 + channel] = value.clamp(0, 255) as u8;
            }
        }
    }
    out
}

/// Pixels of each value of one channel.
fn histogram(picture: RgbView<'_>, channel: usize, inside: &impl Fn(usize) -> bool) -> [u64; 256] {
    let mut counts = [0u64; 256];
    for (i, pixel) in picture.data.chunks_exact(3).enumerate() {
        if inside(i) {
            counts[usize::from(pixel[channel])] += 1;
        }
    }
    counts
}

/// The normalised value of each 8-bit value, in 1/256.
fn normalised(counts: &[u64; 256]) -> [i64; 256] {
    let valued = || (0u128..).zip(counts).map(|(v, n)| (v, u128::from(*n)));
    let count: u128 = valued().map(|(_, n)| n).sum();
    let sum: u128 = valued().map(|(v, n)| v * n).sum();
    let squares: u128 = valued().map(|(v, n)| v * v * n).sum();
    let spread = count * squares - sum * sum;
    if spread == 0 {
        return [MEAN * ONE; 256];
    }
    // Both in 1/65536. A channel with any spread deviates by 1/65536 at least: 100 million pixels at most.
    let mean = ((sum * 65536 + count / 2) / count) as i64;
    let deviation = ((spread << 32) / (count * count)).isqrt().max(1) as i64;
    let mut table = [0; 256];
    for (v, n) in (0i64..).zip(&mut table) {
        let scaled = 2 * DEVIATION * ONE * (v * 65536 - mean) + deviation;
        *n = (MEAN * ONE + scaled.div_euclid(2 * deviation)).clamp(0, 255 * ONE);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::sha256_hex;
    use crate::random::SplitMix64;

    /// Blobs with grain, brighter to the right.
    fn picture(w: u32, h: u32) -> Vec<u8> {
        let mut random = SplitMix64::new(7);
        let mut data = Vec::new();
        for i in 0..w * h {
            let (x, y) = (i % w, i / w);
            let grain = (random.next_u64() % 23) as u32;
            let disc = if (x % 40).abs_diff(20) + (y % 40).abs_diff(20) < 15 {
                0
            } else {
                60
            };
            data.extend([90 + disc + grain, 60 + disc + x * 40 / w, 120 + disc / 2 + grain].map(|v| v as u8));
        }
        data
    }

    fn enhanced(data: &[u8], w: u32, h: u32, mask: Option<&CellMask>) -> Vec<u8> {
        let view = RgbView::new(w, h, data).unwrap();
        enhance(view, mask, Enhancement::Alkhouli2024).unwrap()
    }

    #[test]
    fn an_enhanced_picture_is_the_same_to_the_bit_everywhere() {
        let data = picture(120, 90);
        assert_eq!(sha256_hex(&enhanced(&data, 120, 90, None)), GOLDEN);
    }

    const GOLDEN: &str = "d4eb5e28c9c28d441e07e23200d13d804520453ae673210e9c9067ffc2681081";

    #[test]
    fn every_pixel_is_what_the_formula_says_in_real_numbers() {
        let (w, h) = (31i64, 23i64);
        let data = picture(w as u32, h as u32);
        let out = enhanced(&data, w as u32, h as u32, None);
        for c in 0..3usize {
            let values: Vec<f64> = data.iter().skip(c).step_by(3).map(|v| f64::from(*v)).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
            let n: Vec<f64> = values
                .iter()
                .map(|v| (128.0 + 48.0 * (v - mean) / square.sqrt()).clamp(0.0, 255.0))
                .collect();
            for (x, y) in (0..w).flat_map(|x| (0..h).map(move |y| (x, y))) {
                let at = |dx: i64, dy: i64| {
                    let (i, j) = (x + dx, y + dy);
                    let there = (0..w).contains(&i) && (0..h).contains(&j);
                    n[if there { j * w + i } else { y * w + x } as usize]
                };
                let window = (-2..=2).flat_map(|dx| (-2..=2).map(move |dy| (dx, dy)));
                let average = window.map(|(dx, dy)| at(dx, dy)).sum::<f64>() / 25.0;
                let laplacian = at(0, -1) + at(0, 1) + at(-1, 0) + at(1, 0) - 4.0 * at(0, 0);
                let expected = (average - laplacian).clamp(0.0, 255.0);
                let got = f64::from(out[(y * w + x) as usize * 3 + c]);
                assert!((got - expected).abs() < 0.6, "{x},{y},{c}: {got} for {expected}");
            }
        }
    }

    #[test]
    fn brightness_and_contrast_of_a_channel_do_not_matter() {
        let data = picture(60, 60);
        let other: Vec<u8> = data
            .chunks(3)
            .flat_map(|p| [p[0] / 2 + 90, p[1] + 40, p[2]])
            .collect();
        let (a, b) = (enhanced(&data, 60, 60, None), enhanced(&other, 60, 60, None));
        let mean = a
            .iter()
            .zip(&b)
            .map(|(a, b)| f64::from(a.abs_diff(*b)))
            .sum::<f64>()
            / a.len() as f64;
        // Halving a channel costs it one bit, which the Laplacian makes visible.
        assert!(mean < 5.0, "{mean}");
        let plain = vec![77u8; 30 * 30 * 3];
        assert!(enhanced(&plain, 30, 30, None).iter().all(|v| *v == 128));
    }

    #[test]
    fn what_lies_outside_a_mask_changes_nothing_inside() {
        let data = picture(50, 50);
        let inside = |i: usize| (i % 50).abs_diff(25) + (i / 50).abs_diff(25) < 18;
        let mask = CellMask::new(50, 50, (0..2500).map(|i| u8::from(inside(i))).collect()).unwrap();
        let mut noisy = data.clone();
        for (i, p) in noisy.chunks_mut(3).enumerate().filter(|(i, _)| !inside(*i)) {
            p.fill((i * 31 % 251) as u8);
        }
        let (a, b) = (
            enhanced(&data, 50, 50, Some(&mask)),
            enhanced(&noisy, 50, 50, Some(&mask)),
        );
        for i in 0..2500 {
            let same = a[i * 3..i * 3 + 3] == b[i * 3..i * 3 + 3];
            assert!(same || !inside(i), "{i}");
            assert!(inside(i) || b[i * 3..i * 3 + 3] == noisy[i * 3..i * 3 + 3]);
        }
    }
}
