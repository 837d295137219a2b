use super::*;
use image::{Rgb, imageops};

fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 7 + y) as u8, (x * y) as u8, (y * 3) as u8])
    })
}

#[test]
fn a_thumbnail_holds_the_means_of_its_blocks() {
    let picture = picture(301, 211);
    for (width, height) in [(128, 89), (300, 210), (301, 211), (150, 1), (1, 1)] {
        let same = imageops::thumbnail(&picture, width, height);
        assert!(thumbnail(&picture, width, height) == same, "{width} x {height}");
    }
}

/// Rounded means of the pixels of each square, counted one by one.
fn one_by_one(picture: &RgbImage, side: u32) -> Vec<[u8; 3]> {
    let (w, h) = picture.dimensions();
    let squares = (0..h.div_ceil(side)).flat_map(|v| (0..w.div_ceil(side)).map(move |u| (u, v)));
    let mean = |(u, v): (u32, u32)| {
        let (mut sums, mut count) = ([0u32; 3], 0);
        for y in v * side..(v * side + side).min(h) {
            for x in u * side..(u * side + side).min(w) {
                let pixel = picture.get_pixel(x, y).0;
                sums.iter_mut().zip(pixel).for_each(|(s, p)| *s += u32::from(p));
                count += 1;
            }
        }
        sums.map(|s| ((s + count / 2) / count) as u8)
    };
    squares.map(mean).collect()
}

#[test]
fn covering_squares_keep_what_is_left_over_and_whole_ones_drop_it() {
    for (w, h) in [(30, 20), (31, 22), (1, 9), (64, 1)] {
        let picture = picture(w, h);
        let pixels = picture.as_raw().as_chunks::<3>().0;
        for side in 1..8u32 {
            let all = downscale(pixels, w as usize, Blocks::Covering(side as usize), rounded);
            let size = (w.div_ceil(side) as usize, h.div_ceil(side) as usize);
            assert_eq!((all.width, all.height), size);
            assert_eq!(all.data, one_by_one(&picture, side));
            let grey = green_image(&picture, side as usize);
            assert_eq!(
                (grey.width, grey.height),
                ((w / side) as usize, (h / side) as usize)
            );
            let area = (side * side) as f32;
            for (at, value) in grey.data.iter().enumerate() {
                let (u, v) = ((at % grey.width) as u32 * side, (at / grey.width) as u32 * side);
                let inside = (v..v + side).flat_map(|y| (u..u + side).map(move |x| (x, y)));
                let sum: u32 = inside.map(|(x, y)| u32::from(picture.get_pixel(x, y)[1])).sum();
                assert_eq!(*value, sum as f32 / area);
            }
        }
    }
    assert!(green_image(&RgbImage::new(0, 0), 3).data.is_empty());
    assert!(green_image(&RgbImage::new(5, 0), 1).data.is_empty());
}
