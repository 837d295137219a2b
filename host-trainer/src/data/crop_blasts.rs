//! Cells of ALL-IDB1, cut out of their fields around the centroids.

use super::all_idb::centroids_of;
use super::choice::{DataChoice, Layout};
use super::decode::decode_picture;
use super::listing::list;
use super::pictures::read_file;
use crate::{Error, ErrorKind, durable_file};
use image::{GenericImage, GenericImageView, ImageFormat, RgbImage};
use std::io::Cursor;
use std::path::Path;

/// Cuts a window of `side` pixels around every blast of ALL-IDB1 and writes it as
/// `<out>/blast/Im001_1-01.png`; black beyond the field. Returns how many there are.
pub(crate) fn crop_blasts(root: &Path, out: &Path, side: u32) -> Result<usize, Error> {
    if !(16..=1024).contains(&side) {
        let message = format!("a window of {side} pixels: 16 to 1024 are possible");
        return Err(Error::new(ErrorKind::Data, message));
    }
    let choice = DataChoice {
        layout: Layout::AllIdb1,
        labels: None,
    };
    let listing = list(root, &choice)?;
    let folder = out.join("blast");
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("make the folder", &folder, e))?;
    let mut count = 0;
    for picture in &listing.pictures {
        let centroids = centroids_of(root, &picture.file)?;
        if centroids.is_empty() {
            continue;
        }
        let place = |why: String| {
            let message = format!("{}: {why}", root.join(&picture.file).display());
            Error::new(ErrorKind::Picture, message)
        };
        let field = decode_picture(&read_file(root, &picture.file)?).map_err(place)?;
        let stem = Path::new(&picture.file)
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        for (number, centre) in (1..).zip(centroids) {
            let mut png = Cursor::new(Vec::new());
            window(&field, centre, side)
                .write_to(&mut png, ImageFormat::Png)
                .map_err(|e| place(e.to_string()))?;
            durable_file::write(&folder.join(format!("{stem}-{number:02}.png")), png.get_ref())?;
            count += 1;
        }
    }
    Ok(count)
}

/// The window around a pixel; black beyond the field.
fn window(field: &RgbImage, centre: (u32, u32), side: u32) -> RgbImage {
    let mut cut = RgbImage::new(side, side);
    let half = side / 2;
    let (left, top) = (centre.0.saturating_sub(half), centre.1.saturating_sub(half));
    let right = (centre.0 + side - half).min(field.width());
    let bottom = (centre.1 + side - half).min(field.height());
    let part = field.view(left, top, right - left, bottom - top);
    // Where the window begins before the field, the cut keeps its centre.
    let (x, y) = (half.saturating_sub(centre.0), half.saturating_sub(centre.1));
    // The part is no larger than the window.
    let _ = cut.copy_from(&*part, x, y);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_window_has_its_pixel_in_the_middle_also_at_the_border() {
        let field = RgbImage::from_fn(90, 70, |x, y| Rgb([x as u8 + 1, y as u8 + 1, 9]));
        for (centre, side) in [((45, 35), 21), ((0, 0), 21), ((89, 69), 20), ((3, 60), 257)] {
            let cut = window(&field, centre, side);
            assert_eq!(cut.dimensions(), (side, side));
            let half = side / 2;
            assert_eq!(cut.get_pixel(half, half), field.get_pixel(centre.0, centre.1));
            for (x, y, pixel) in cut.enumerate_pixels() {
                let at = |v: u32, c: u32| i64::from(v) + i64::from(c) - i64::from(half);
                let (fx, fy) = (at(x, centre.0), at(y, centre.1));
                let inside = (0..90).contains(&fx) && (0..70).contains(&fy);
                let expected = if inside {
                    *field.get_pixel(fx as u32, fy as u32)
                } else {
                    Rgb([0; 3])
                };
                assert_eq!(*pixel, expected, "{x},{y} around {centre:?}");
            }
        }
    }
}
