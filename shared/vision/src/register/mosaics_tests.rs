use super::*;
use crate::raster::{Point, Rect};
use crate::synthetic::{DrawnCell, Smear, SmearSettings};
use image::{Rgb, RgbImage, imageops};

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;

fn smear(number: u64) -> Smear {
    let settings = SmearSettings {
        cells: 14,
        ..SmearSettings::default()
    };
    Smear::draw(&settings, number, 0.4)
}

/// A window on a smear as a camera sees it: a little brighter or darker, with noise of its own.
fn window(smear: &Smear, x: u32, y: u32) -> (Arc<RegistrationImage>, Vec<SeenCell>) {
    let mut random = blastscope_shared::random::SplitMix64::keyed(&[u64::from(x), u64::from(y)]);
    let gain = random.range(0.95, 1.05);
    let mut picture = imageops::crop_imm(&smear.image, x, y, WIDTH, HEIGHT).to_image();
    for value in picture.iter_mut() {
        *value = (f32::from(*value) * gain + 3.0 * random.normal()).clamp(0.0, 255.0) as u8;
    }
    let seen = smear
        .cells
        .iter()
        .filter_map(|c| seen_cell(c, x as f32, y as f32))
        .collect();
    (Arc::new(RegistrationImage::new(&picture).unwrap()), seen)
}

/// What of a drawn cell lies in a window.
fn seen_cell(cell: &DrawnCell, x: f32, y: f32) -> Option<SeenCell> {
    let span = |centre: f32, start: f32, length: f32| {
        let (low, high) = (centre - start - cell.reach, centre - start + cell.reach);
        let (from, to) = (low.max(0.0), high.min(length));
        (to > from + 4.0).then_some((from, to, low >= 0.0 && high <= length))
    };
    let (left, right, in_width) = span(cell.centre.x, x, WIDTH as f32)?;
    let (top, bottom, in_height) = span(cell.centre.y, y, HEIGHT as f32)?;
    Some(SeenCell {
        centre: Point::new((left + right) / 2.0, (top + bottom) / 2.0),
        bounds: Rect {
            left: left as u32,
            top: top as u32,
            width: (right - left).round() as u32,
            height: (bottom - top).round() as u32,
        },
        classified: in_width && in_height,
    })
}

/// Cells counted over all windows, and those rejected in the end.
fn screened(smear: &Smear, windows: &[(u32, u32)]) -> (usize, u64) {
    let mut mosaic = Mosaics::new(16);
    let (mut counted, mut rejected) = (0, 0);
    for (x, y) in windows {
        let (image, cells) = window(smear, *x, *y);
        let seen = mosaic.see(None, Some(&image), &cells);
        counted += seen.again.iter().filter(|a| a.is_none()).count();
        rejected += cells.iter().filter(|c| !c.classified).count() as u64;
        rejected -= seen.resolved;
    }
    (counted, rejected)
}

/// Cells that at least one window shows whole.
fn whole_somewhere(smear: &Smear, windows: &[(u32, u32)]) -> usize {
    let is_whole = |c: &&DrawnCell| {
        let seen = |(x, y): &(u32, u32)| seen_cell(c, *x as f32, *y as f32).is_some_and(|s| s.classified);
        windows.iter().any(seen)
    };
    smear.cells.iter().filter(is_whole).count()
}

#[test]
fn a_cell_on_overlapping_fields_counts_once_and_a_cut_one_that_is_whole_elsewhere_is_not_rejected() {
    let smear = smear(1);
    // A serpentine over the smear: neighbours share 35 to 60 %, rows 40 %.
    let windows = [
        (0, 0),
        (190, 8),
        (300, 0),
        (480, 5),
        (470, 220),
        (210, 225),
        (5, 215),
        (0, 360),
        (310, 355),
        (480, 360),
    ];
    let (counted, rejected) = screened(&smear, &windows);
    assert_eq!(counted, whole_somewhere(&smear, &windows));
    let (apart, _) = screened_apart(&smear, &windows);
    assert!(apart > counted + 5, "the windows share cells: {apart} {counted}");
    let cut_everywhere = smear.cells.len() - counted;
    assert!(rejected as usize <= cut_everywhere, "{rejected} {cut_everywhere}");
}

fn screened_apart(smear: &Smear, windows: &[(u32, u32)]) -> (usize, u64) {
    let seen = windows.iter().map(|w| screened(smear, &[*w]));
    seen.fold((0, 0), |sum, s| (sum.0 + s.0, sum.1 + s.1))
}

#[test]
fn a_stage_that_stands_still_adds_nothing_and_forgets_nothing() {
    let smear = smear(2);
    let mut mosaic = Mosaics::new(2);
    let (first, cells) = window(&smear, 100, 100);
    let count = mosaic.see(None, Some(&first), &cells).again.len();
    assert!(count > 0);
    let (aside, others) = window(&smear, 330, 100);
    mosaic.see(None, Some(&aside), &others);
    for _ in 0..5 {
        let seen = mosaic.see(None, Some(&aside), &others);
        assert!(seen.again.iter().all(Option::is_some), "{seen:?}");
    }
    let back = mosaic.see(None, Some(&first), &cells);
    assert!(back.again.iter().all(Option::is_some), "{back:?}");
    assert!(mosaic.fields.len() <= 2);
}

#[test]
fn two_runs_of_fields_are_joined_by_the_field_between() {
    let smear = smear(3);
    let mut mosaic = Mosaics::new(16);
    let mut place = |x: u32| {
        let (image, cells) = window(&smear, x, 100);
        mosaic.see(None, Some(&image), &cells);
        mosaic
            .fields
            .iter()
            .map(|f| f.place.mosaic)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    assert_eq!((place(0), place(480), place(240)), (1, 2, 1));
}

#[test]
fn fields_of_other_places_are_never_laid_over_one_another() {
    let mut mosaic = Mosaics::new(16);
    for number in 10..18 {
        let (image, cells) = window(&smear(number), 200, 150);
        let seen = mosaic.see(None, Some(&image), &cells);
        assert!(seen.again.iter().all(Option::is_none), "{number}: {seen:?}");
    }
    assert_eq!(mosaic.mosaics, 8);
}

#[test]
fn specks_on_the_camera_do_not_make_blank_fields_one() {
    let mut mosaic = Mosaics::new(16);
    for number in 0..4u64 {
        let mut random = blastscope_shared::random::SplitMix64::new(number);
        let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
            let speck = x.abs_diff(100).pow(2) + y.abs_diff(80).pow(2) < 16;
            Rgb([((if speck { 190.0 } else { 230.0 }) + 2.0 * random.normal()) as u8; 3])
        });
        mosaic.see(None, RegistrationImage::new(&picture).map(Arc::new).as_ref(), &[]);
    }
    assert_eq!(mosaic.mosaics, 4);
}

#[test]
fn pictures_of_any_size_are_taken() {
    let mut mosaic = Mosaics::new(4);
    for (w, h) in [
        (0, 0),
        (1, 1),
        (63, 900),
        (64, 64),
        (64, 5000),
        (64, 64),
        (1000, 70),
        (64, 5000),
    ] {
        for grey in [0, 255] {
            let image = RegistrationImage::new(&RgbImage::from_pixel(w, h, Rgb([grey; 3]))).map(Arc::new);
            assert_eq!(image.is_some(), w.min(h) >= 64);
            mosaic.see(None, image.as_ref(), &[]);
        }
    }
    assert_eq!(mosaic.mosaics, 16, "nothing can be told of flat pictures");
}

#[test]
fn the_position_of_the_stage_places_fields_that_show_nothing_to_lay_them_by() {
    let mut mosaic = Mosaics::new(16);
    let cell = |x: u32| SeenCell {
        centre: Point::new(x as f32, 100.0),
        bounds: Rect {
            left: x - 20,
            top: 80,
            width: 40,
            height: 40,
        },
        classified: true,
    };
    let first = mosaic.see(Some(Point::new(1000.0, 0.0)), None, &[cell(200), cell(400)]);
    assert_eq!(first.again, [None, None]);
    let second = mosaic.see(Some(Point::new(1300.0, 4.0)), None, &[cell(101), cell(300)]);
    assert_eq!(second.again, [Some(1), None]);
}
