use crate::data::decode_picture;
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use serde::{Deserialize, Serialize};

/// How the pixels of a cell are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Coding {
    /// As they are: training is the same to the bit as from the pictures.
    Raw,
    /// JPEG, a tenth of the size or less. Colours are not equal to the bit; what is black outside the cell
    /// is, since its outline is kept beside the JPEG.
    Jpeg {
        /// 1 to 100.
        quality: u8,
    },
}

impl Coding {
    /// In words.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Raw => "raw".into(),
            Self::Jpeg { quality } => format!("JPEG of quality {quality}"),
        }
    }

    /// Whether a coded cell is black all over.
    pub(super) fn is_black(self, coded: &[u8]) -> bool {
        match self {
            Self::Raw => coded.iter().all(|v| *v == 0),
            // Every second run is not black.
            Self::Jpeg { .. } => coded.split_first_chunk::<4>().is_none_or(|(count, rest)| {
                let runs = rest.chunks_exact(2).take(u32::from_le_bytes(*count) as usize);
                runs.skip(1).step_by(2).all(|run| run == [0, 0])
            }),
        }
    }

    /// Codes the planes R, G, B of `size x size` pixels.
    pub(in crate::data) fn encode(self, planes: &[u8], size: u32) -> Result<Vec<u8>, String> {
        let Self::Jpeg { quality } = self else {
            return Ok(planes.to_vec());
        };
        let n = planes.len() / 3;
        let rgb: Vec<u8> = (0..n)
            .flat_map(|i| [planes[i], planes[n + i], planes[2 * n + i]])
            .collect();
        let black = rgb.chunks_exact(3).map(|p| p == [0, 0, 0]);
        let runs = runs_of(black);
        let mut coded = (runs.len() as u32).to_le_bytes().to_vec();
        coded.extend(runs.iter().flat_map(|r| r.to_le_bytes()));
        JpegEncoder::new_with_quality(&mut coded, quality)
            .encode(&rgb, size, size, ExtendedColorType::Rgb8)
            .map_err(|e| e.to_string())?;
        Ok(coded)
    }
}

/// Planes of a cell that [`Coding::Jpeg`] coded: black where it was black, nowhere else.
pub(super) fn decode_jpeg(coded: &[u8], size: u32) -> Result<Vec<u8>, String> {
    let short = || "the outline is cut".to_owned();
    let (count, rest) = coded.split_first_chunk::<4>().ok_or_else(short)?;
    let length = 2 * u32::from_le_bytes(*count) as usize;
    let (runs, jpeg) = rest.split_at_checked(length).ok_or_else(short)?;
    let picture = decode_picture(jpeg)?;
    if picture.dimensions() != (size, size) {
        return Err(format!("{:?} pixels in place of {size}", picture.dimensions()));
    }
    let n = (size as usize).pow(2);
    let mut planes = vec![0; 3 * n];
    let (mut at, mut black) = (0, true);
    for run in runs.chunks_exact(2) {
        let run = usize::from(u16::from_le_bytes([run[0], run[1]]));
        let end = (at + run).min(n);
        if !black {
            for i in at..end {
                let pixel = &picture.as_raw()[3 * i..3 * i + 3];
                // A dark pixel of a cell must not become a hole in it.
                let lift = u8::from(pixel == [0, 0, 0]);
                (0..3).for_each(|c| planes[c * n + i] = pixel[c] + lift);
            }
        }
        (at, black) = (end, !black);
    }
    if at != n {
        return Err(short());
    }
    Ok(planes)
}

/// Lengths of runs, the first of which is black; a longer one goes on after an empty one of the other kind.
fn runs_of(black: impl Iterator<Item = bool>) -> Vec<u16> {
    let (mut runs, mut now, mut length) = (Vec::new(), true, 0u16);
    for one in black {
        if one != now {
            runs.push(length);
            (now, length) = (one, 0);
        } else if length == u16::MAX {
            runs.extend([length, 0]);
            length = 0;
        }
        length += 1;
    }
    runs.push(length);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_any_length_come_back() {
        let n = 200_000;
        let black = |i: usize| (70_000..140_001).contains(&i);
        let mut seen = Vec::new();
        for (k, run) in runs_of((0..n).map(black)).into_iter().enumerate() {
            seen.extend(std::iter::repeat_n(k % 2 == 0, usize::from(run)));
        }
        assert!(seen.len() == n && (0..n).all(|i| seen[i] == black(i)));
    }

    #[test]
    fn a_jpeg_keeps_the_outline_to_the_pixel_and_the_colours_nearly() {
        let size = 48usize;
        let n = size * size;
        let inside = |i: usize| {
            let (x, y) = (i % size, i / size);
            x.abs_diff(23).pow(2) + y.abs_diff(20).pow(2) < 300
        };
        let value = |c: usize, i: usize| (20 + 60 * c + i % size) as u8;
        let planes: Vec<u8> = (0..3 * n)
            .map(|j| if inside(j % n) { value(j / n, j % n) } else { 0 })
            .collect();
        let coded = Coding::Jpeg { quality: 95 }.encode(&planes, 48).unwrap();
        let again = decode_jpeg(&coded, 48).unwrap();
        let is_black = |p: &[u8], i: usize| (0..3).all(|c| p[c * n + i] == 0);
        assert!((0..n).all(|i| is_black(&again, i) != inside(i)));
        let off: u32 = planes
            .iter()
            .zip(&again)
            .map(|(a, b)| u32::from(a.abs_diff(*b)))
            .sum();
        assert!(f64::from(off) / ((3 * n) as f64) < 3.0, "{off}");
        assert!(coded.len() < planes.len() / 2 && coded != planes);
        for cut in [2, 40, coded.len() / 2] {
            assert!(decode_jpeg(&coded[..cut], 48).is_err());
        }
        assert!(decode_jpeg(&coded, 47).is_err());
    }
}
