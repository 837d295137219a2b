use super::*;
use crate::find::find_cells;
use crate::raster::PreparedField;
use crate::synthetic::{Smear, SmearSettings};
use image::Rgb;

#[test]
fn a_crop_from_the_box_of_a_cell_is_the_crop_from_the_whole_field() {
    let field = Smear::draw(&Default::default(), 2, 0.5).image;
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    let input = InputSpec::masked_cell(64, 250);
    assert!(!found.cells.is_empty());
    for cell in &found.cells {
        let mut mask = vec![0; (field.width() * field.height()) as usize];
        let b = cell.bounds;
        for y in 0..b.height {
            for x in 0..b.width {
                let at = ((b.top + y) * field.width() + b.left + x) as usize;
                mask[at] = cell.mask.data[(y * b.width + x) as usize];
            }
        }
        let mask = CellMask::new(field.width(), field.height(), mask).unwrap();
        let whole = crop_cell(view(&field).unwrap(), &mask, 110, &input).unwrap();
        assert_eq!(
            crop_found(&field, cell, PixelSize::new(110), &input).unwrap(),
            whole
        );
    }
}

#[test]
fn a_picture_without_a_cell_is_refused() {
    let no_white_cells = SmearSettings {
        cells: 0,
        ..Default::default()
    };
    let red_cells = Smear::draw(&no_white_cells, 0, 0.0).image;
    let input = InputSpec::masked_cell(64, 250);
    let refuse = |p: &RgbImage| {
        cell_of_picture(p, PixelSize::new(55), &FinderSettings::default(), &input)
            .unwrap_err()
            .to_string()
    };
    assert!(refuse(&red_cells).contains("no nucleated cell in the middle"));
    let blank = RgbImage::from_pixel(300, 300, Rgb([235, 230, 232]));
    assert!(refuse(&blank).contains("no nucleated cell in the middle"));
    assert!(refuse(&RgbImage::new(300, 300)).contains("black"));
}
