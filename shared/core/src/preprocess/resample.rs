//! A separable triangle filter in integers.

use super::{CellCrop, CellMask, RgbView};

/// The input at these columns and rows; black outside the mask, where there is one, and where no source
/// pixel is.
pub(super) fn resample(
    picture: RgbView<'_>,
    mask: Option<&CellMask>,
    columns: &[Tap],
    rows: &[Tap],
    side: u32,
) -> CellCrop {
    let (size, width) = (side as usize, picture.width as usize);
    let mut data = vec![0u8; 3 * size * size];
    let Some((first, last)) = span(rows) else {
        return CellCrop { size: side, data };
    };
    let inside = |i: usize| mask.is_none_or(|m| m.data[i] != 0);

    // Horizontal pass: 16-bit values in 1/256, one row of the window after the other.
    let mut narrow = vec![0u16; (last - first) * size * 3];
    for y in first..last {
        let line = &mut narrow[(y - first) * size * 3..(y - first + 1) * size * 3];
        for (x, tap) in columns.iter().enumerate() {
            let mut sums = [0u64; 3];
            for (k, weight) in tap.weights.iter().enumerate() {
                let i = y * width + tap.start + k;
                if inside(i) {
                    for (c, sum) in sums.iter_mut().enumerate() {
                        *sum += u64::from(*weight) * u64::from(picture.data[i * 3 + c]);
                    }
                }
            }
            for (c, sum) in sums.iter().enumerate() {
                line[x * 3 + c] = ((sum * 256 + tap.total / 2) / tap.total) as u16;
            }
        }
    }
    for (y, tap) in rows.iter().enumerate() {
        for x in 0..size {
            for c in 0..3 {
                let mut sum = 0u64;
                for (k, weight) in tap.weights.iter().enumerate() {
                    sum +=
                        u64::from(*weight) * u64::from(narrow[((tap.start + k - first) * size + x) * 3 + c]);
                }
                let scale = tap.total * 256;
                data[(c * size + y) * size + x] = ((sum + scale / 2) / scale) as u8;
            }
        }
    }
    CellCrop { size: side, data }
}

/// The source pixels of one output pixel: those inside the picture, with their weights; `total`
/// counts the weights outside too, since outside is black.
pub(super) struct Tap {
    start: usize,
    weights: Vec<u32>,
    total: u64,
}

/// The taps of one axis: `centre` and `step` in 1/65536 source pixel, `source` pixels long.
pub(super) fn taps(centre: i64, step: i64, size: u32, source: u32) -> Vec<Tap> {
    let support = step.max(65536);
    (0..i64::from(size))
        .map(|i| {
            let position = centre + (2 * i + 1 - i64::from(size)) * step / 2;
            let from = (position - support - 32768).div_euclid(65536);
            let to = (position + support - 32768).div_euclid(65536) + 1;
            let (mut start, mut weights, mut total) = (0, Vec::new(), 0u64);
            for j in from..=to {
                let distance = (j * 65536 + 32768 - position).abs();
                if distance >= support {
                    continue;
                }
                let weight = ((support - distance) * 65536 / support) as u32;
                total += u64::from(weight);
                if (0..i64::from(source)).contains(&j) {
                    if weights.is_empty() {
                        start = j as usize;
                    }
                    weights.push(weight);
                }
            }
            Tap {
                start,
                weights,
                total: total.max(1),
            }
        })
        .collect()
}

/// The same for pictures that end where their object goes on: a tap whose middle lies inside weighs
/// only what lies inside, one whose middle lies outside is black.
pub(super) fn taps_inside(centre: i64, step: i64, size: u32, source: u32) -> Vec<Tap> {
    let mut taps = taps(centre, step, size, source);
    for (i, tap) in (0i64..).zip(&mut taps) {
        let position = centre + (2 * i + 1 - i64::from(size)) * step / 2;
        if (0..i64::from(source) * 65536).contains(&position) {
            tap.total = tap.weights.iter().map(|w| u64::from(*w)).sum::<u64>().max(1);
        } else {
            (tap.weights, tap.total) = (Vec::new(), 1);
        }
    }
    taps
}

/// First source row used and the one after the last.
fn span(taps: &[Tap]) -> Option<(usize, usize)> {
    let used = || taps.iter().filter(|t| !t.weights.is_empty());
    Some((
        used().map(|t| t.start).min()?,
        used().map(|t| t.start + t.weights.len()).max()?,
    ))
}
