//! Smaller pictures: every pixel is the mean of a block of pixels.

use super::{GreyImage, Plane};
use image::RgbImage;
use std::ops::Range;

/// Which pixels of a picture make one of the smaller one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Blocks {
    /// Squares of so many pixels a side; what is left over at the right and at the bottom makes smaller blocks.
    Covering(usize),
    /// The same, but what is left over is left out.
    Whole(usize),
    /// So many columns and rows, each 1 to those of the picture, as `image::imageops::thumbnail` lays them.
    Into { width: u32, height: u32 },
}

/// The smaller picture of rows of `width` pixels. `mean` makes a value of the sums of a block's channels and the
/// number of its pixels.
pub(crate) fn downscale<T>(
    pixels: &[[u8; 3]],
    width: usize,
    blocks: Blocks,
    mean: impl Fn([u32; 3], u32) -> T,
) -> Plane<T> {
    if pixels.is_empty() {
        return Plane {
            width: 0,
            height: 0,
            data: Vec::new(),
        };
    }
    let height = pixels.len() / width;
    if let Blocks::Covering(1) | Blocks::Whole(1) = blocks {
        return Plane {
            width,
            height,
            data: pixels.iter().map(|p| mean(p.map(u32::from), 1)).collect(),
        };
    }
    let (columns, rows) = match blocks {
        Blocks::Covering(side) => (covering(width, side), covering(height, side)),
        Blocks::Whole(side) => (whole(width, side), whole(height, side)),
        Blocks::Into { width: w, height: h } => (into(width as u32, w), into(height as u32, h)),
    };
    let mut data = Vec::with_capacity(columns.len() * rows.len());
    // Rows are added up first: that goes many values at a time.
    let mut sums = vec![0u32; width * 3];
    for row_block in &rows {
        sums.fill(0);
        let band = &pixels[row_block.start * width..row_block.end * width];
        for row in band.chunks_exact(width) {
            for (sum, &value) in sums.iter_mut().zip(row.as_flattened()) {
                *sum += u32::from(value);
            }
        }
        for block in &columns {
            let mut total = [0u32; 3];
            for column in sums[block.start * 3..block.end * 3].as_chunks::<3>().0 {
                for (total, sum) in total.iter_mut().zip(column) {
                    *total += sum;
                }
            }
            data.push(mean(total, (block.len() * row_block.len()) as u32));
        }
    }
    Plane {
        width: columns.len(),
        height: rows.len(),
        data,
    }
}

/// Rounded means of the channels.
pub(crate) fn rounded(sums: [u32; 3], count: u32) -> [u8; 3] {
    sums.map(|sum| ((count / 2 + sum) / count.max(1)) as u8)
}

/// Mean of the green channel, where stains are darkest.
pub(crate) fn green(sums: [u32; 3], count: u32) -> f32 {
    sums[1] as f32 / count as f32
}

/// Means of the green channel over whole squares of `side` pixels.
pub(crate) fn green_image(picture: &RgbImage, side: usize) -> GreyImage {
    let pixels = picture.as_raw().as_chunks::<3>().0;
    downscale(
        pixels,
        picture.width() as usize,
        Blocks::Whole(side.max(1)),
        green,
    )
}

/// A picture of so many columns and rows, each 1 to those of `picture`: the same as `image::imageops::thumbnail`
/// makes, which goes pixel by pixel and takes longer than finding the cells.
pub fn thumbnail(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let pixels = picture.as_raw().as_chunks::<3>().0;
    let blocks = Blocks::Into { width, height };
    let smaller = downscale(pixels, picture.width() as usize, blocks, rounded);
    // The data has the right length: so many columns and rows of three values.
    RgbImage::from_raw(width, height, smaller.data.into_flattened()).unwrap_or_default()
}

/// Blocks of `side` pixels that cover a length.
fn covering(length: usize, side: usize) -> Vec<Range<usize>> {
    let block = |i: usize| i * side..(i * side + side).min(length);
    (0..length.div_ceil(side)).map(block).collect()
}

/// Blocks of `side` pixels that fit into a length.
fn whole(length: usize, side: usize) -> Vec<Range<usize>> {
    (0..length / side).map(|i| i * side..(i + 1) * side).collect()
}

/// Blocks of about the same size when `from` pixels become `to`.
fn into(from: u32, to: u32) -> Vec<Range<usize>> {
    let ratio = from as f32 / to as f32;
    let block = |i: u32| {
        let start = i as f32 * ratio;
        let first = (start.ceil() as u32).min(from.saturating_sub(1));
        let end = ((start + ratio).ceil() as u32).clamp(first + 1, from.max(first + 1));
        first as usize..end as usize
    };
    (0..to).map(block).collect()
}

#[cfg(test)]
#[path = "downscale_tests.rs"]
mod tests;
