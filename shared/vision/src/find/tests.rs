//! Promises of the finder, on drawn fields.

use crate::raster::{PreparedField, Rect};
use image::{Rgb, RgbImage};

use super::{FinderSettings, FoundCell, central_cell, find_cells};
use crate::picture::view;
use blastscope_shared::preprocess::{is_masked, masked_cell};

const GLASS: [u8; 3] = [235, 215, 205];
const RED_CELL: [u8; 3] = [205, 150, 150];
const NUCLEUS: [u8; 3] = [90, 45, 130];
const CYTOPLASM: [u8; 3] = [185, 170, 215];

fn glass(width: u32, height: u32) -> RgbImage {
    RgbImage::from_pixel(width, height, Rgb(GLASS))
}

fn disc(field: &mut RgbImage, centre: (f32, f32), radius: f32, colour: [u8; 3]) {
    for (x, y, pixel) in field.enumerate_pixels_mut() {
        let (dx, dy) = (x as f32 + 0.5 - centre.0, y as f32 + 0.5 - centre.1);
        if dx * dx + dy * dy <= radius * radius {
            pixel.0 = colour;
        }
    }
}

fn red_cells(field: &mut RgbImage, places: &[(f32, f32)], radius: f32) {
    for &place in places {
        disc(field, place, radius, RED_CELL);
    }
}

fn white_cell(field: &mut RgbImage, centre: (f32, f32), nucleus: f32, cell: f32) {
    disc(field, centre, cell, CYTOPLASM);
    disc(field, centre, nucleus, NUCLEUS);
}

const CORNERS: [(f32, f32); 8] = [
    (40.0, 40.0),
    (120.0, 30.0),
    (260.0, 40.0),
    (40.0, 130.0),
    (35.0, 260.0),
    (120.0, 265.0),
    (255.0, 255.0),
    (265.0, 130.0),
];

fn overlap(cell: &FoundCell, centre: (f32, f32), radius: f32) -> f32 {
    let (mut both, mut either) = (0u32, 0u32);
    for y in 0..400u32 {
        for x in 0..400u32 {
            let (dx, dy) = (x as f32 + 0.5 - centre.0, y as f32 + 0.5 - centre.1);
            let drawn = dx * dx + dy * dy <= radius * radius;
            let Rect { left, top, width, .. } = cell.bounds;
            let in_box = cell.bounds.contains(x, y);
            let found = in_box && cell.mask.data[((y - top) * width + x - left) as usize] != 0;
            both += u32::from(drawn && found);
            either += u32::from(drawn || found);
        }
    }
    both as f32 / either as f32
}

#[test]
fn a_white_cell_among_red_cells_is_outlined_with_its_cytoplasm() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS, 22.0);
    white_cell(&mut field, (150.0, 150.0), 28.0, 38.0);
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    assert_eq!(found.cells.len(), 1);
    assert!(overlap(&found.cells[0], (150.0, 150.0), 38.0) > 0.8);
    assert!(!found.cells[0].cut_by_border);
    assert!(found.cells[0].score >= 0.5 && found.cells[0].score <= 1.0);
}

#[test]
fn a_bare_nucleus_is_found() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS, 22.0);
    disc(&mut field, (150.0, 150.0), 30.0, NUCLEUS);
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    assert_eq!(found.cells.len(), 1);
    assert!(overlap(&found.cells[0], (150.0, 150.0), 30.0) > 0.7);
}

#[test]
fn red_cells_alone_give_no_white_cell_but_a_ruler() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS, 22.0);
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    assert!(found.cells.is_empty());
    assert!(found.red_cell_diameter.is_some_and(|d| (d - 44.0).abs() < 4.0));
}

#[test]
fn platelets_are_no_cells() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS, 22.0);
    disc(&mut field, (150.0, 150.0), 6.0, NUCLEUS);
    disc(&mut field, (180.0, 120.0), 7.0, NUCLEUS);
    assert!(
        find_cells(&PreparedField::new(&field), &FinderSettings::default())
            .cells
            .is_empty()
    );
}

#[test]
fn touching_cells_are_parted() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS, 22.0);
    white_cell(&mut field, (118.0, 150.0), 27.0, 33.0);
    white_cell(&mut field, (182.0, 150.0), 27.0, 33.0);
    let mut cells = find_cells(&PreparedField::new(&field), &FinderSettings::default()).cells;
    cells.sort_by_key(|c| c.bounds.left);
    assert_eq!(cells.len(), 2);
    assert!(overlap(&cells[0], (118.0, 150.0), 33.0) > 0.7);
    assert!(overlap(&cells[1], (182.0, 150.0), 33.0) > 0.7);
}

#[test]
fn touching_nuclei_are_parted() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS, 22.0);
    disc(&mut field, (121.0, 150.0), 31.0, NUCLEUS);
    disc(&mut field, (179.0, 150.0), 31.0, NUCLEUS);
    assert_eq!(
        find_cells(&PreparedField::new(&field), &FinderSettings::default())
            .cells
            .len(),
        2
    );
}

#[test]
fn lobes_of_one_nucleus_are_one_cell() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS, 22.0);
    disc(&mut field, (150.0, 150.0), 42.0, CYTOPLASM);
    for place in [(135.0, 135.0), (168.0, 145.0), (148.0, 172.0)] {
        disc(&mut field, place, 13.0, NUCLEUS);
    }
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    assert_eq!(found.cells.len(), 1);
    assert!(overlap(&found.cells[0], (150.0, 150.0), 42.0) > 0.7);
}

#[test]
fn a_large_frame_gives_the_same_cell_at_its_own_scale() {
    let mut field = glass(900, 900);
    red_cells(&mut field, &CORNERS.map(|(x, y)| (x * 3.0, y * 3.0)), 66.0);
    white_cell(&mut field, (450.0, 450.0), 84.0, 114.0);
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    assert_eq!(found.cells.len(), 1);
    let cell = &found.cells[0];
    let Rect {
        left, width, height, ..
    } = cell.bounds;
    assert!(left.abs_diff(336) < 12 && width.abs_diff(228) < 24);
    assert_eq!(cell.mask.data.len(), (width * height) as usize);
    assert!(found.red_cell_diameter.is_some_and(|d| (d - 132.0).abs() < 9.0));
}

#[test]
fn a_cell_at_the_border_says_so() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS[4..], 22.0);
    white_cell(&mut field, (150.0, 8.0), 30.0, 38.0);
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    assert_eq!(found.cells.len(), 1);
    assert!(found.cells[0].cut_by_border);
}

#[test]
fn the_central_cell_is_the_one_nearest_the_middle() {
    let mut field = glass(300, 300);
    red_cells(&mut field, &CORNERS[1..], 22.0);
    white_cell(&mut field, (50.0, 50.0), 28.0, 36.0);
    white_cell(&mut field, (160.0, 150.0), 28.0, 36.0);
    let cell = central_cell(&field, &FinderSettings::default());
    assert!(cell.is_some_and(|c| overlap(&c, (160.0, 150.0), 36.0) > 0.7));
    assert!(central_cell(&glass(64, 64), &FinderSettings::default()).is_none());
}

#[test]
fn fields_without_anything_give_nothing_at_any_size() {
    let settings = FinderSettings::default();
    for (width, height) in [
        (0, 0),
        (0, 9),
        (9, 0),
        (1, 1),
        (1, 300),
        (300, 1),
        (2, 2),
        (3, 7),
        (40, 40),
    ] {
        for colour in [[0, 0, 0], [255, 255, 255], GLASS, NUCLEUS] {
            let field = RgbImage::from_pixel(width, height, Rgb(colour));
            assert!(
                find_cells(&PreparedField::new(&field), &settings)
                    .cells
                    .is_empty(),
                "{width}x{height} {colour:?}"
            );
            assert!(central_cell(&field, &settings).is_none());
            let black = colour == [0, 0, 0] && width > 0 && height > 0;
            assert_eq!(view(&field).is_ok_and(is_masked), black);
            assert!(!black || masked_cell(view(&field).unwrap()).is_err());
        }
    }
}

#[test]
fn noise_neither_panics_nor_varies() {
    let mut state = 1u32;
    let field = RgbImage::from_fn(83, 47, |_, _| {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Rgb([next(), next(), next()])
    });
    let settings = FinderSettings {
        least_score: 0.0,
        ..FinderSettings::default()
    };
    assert_eq!(
        find_cells(&PreparedField::new(&field), &settings),
        find_cells(&PreparedField::new(&field), &settings)
    );
}

#[test]
fn senseless_settings_do_no_harm() {
    let mut field = glass(80, 80);
    white_cell(&mut field, (40.0, 40.0), 14.0, 20.0);
    for value in [f32::NAN, f32::INFINITY, -1.0, 1e9, 4.0] {
        let settings = FinderSettings {
            longest_side: 0,
            coarse_side: 0,
            red_cell_diameter: Some(value),
            reach: value,
            lobe_gap: value,
            least_split: value,
            ..FinderSettings::default()
        };
        find_cells(&PreparedField::new(&field), &settings);
        let settings = FinderSettings {
            longest_side: 800,
            red_cell_diameter: None,
            ..settings
        };
        find_cells(&PreparedField::new(&field), &settings);
    }
}

#[test]
fn a_masked_cell_is_known_by_its_black_surroundings() {
    let mut picture = RgbImage::new(100, 100);
    disc(&mut picture, (50.0, 50.0), 30.0, NUCLEUS);
    disc(&mut picture, (50.0, 50.0), 5.0, [4, 4, 4]);
    picture.put_pixel(2, 2, Rgb([40, 40, 40]));
    let seen = view(&picture).unwrap();
    assert!(is_masked(seen));
    let mask = masked_cell(seen).unwrap();
    let drawn = |at: usize| {
        let (dx, dy) = ((at % 100) as f32 - 49.5, (at / 100) as f32 - 49.5);
        dx * dx + dy * dy <= 900.0
    };
    let differ = mask
        .data()
        .iter()
        .enumerate()
        .filter(|(at, m)| drawn(*at) != (**m != 0));
    assert_eq!(differ.count(), 0, "the hole is filled and the speck is left out");
    let mut field = glass(100, 100);
    disc(&mut field, (50.0, 50.0), 30.0, NUCLEUS);
    assert!(!is_masked(view(&field).unwrap()));
}
