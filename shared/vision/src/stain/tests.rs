use super::*;
use crate::find::{FinderSettings, find_cells};
use crate::quality::measure;
use crate::raster::PreparedField;
use crate::synthetic::{Smear, SmearSettings};
use blastscope_shared::stain::StainTransform;

fn reference(gain: [f32; 3], found: &FoundField, field: &RgbImage) -> StainReference {
    let mut statistics = StainStatistics::default();
    for cell in found.cells.iter().filter(|c| !c.cut_by_border) {
        let inside = cell.mask.data.iter().enumerate().filter(|(_, m)| **m != 0);
        let pixels = inside.map(|(at, _)| {
            let (x, y) = (at as u32 % cell.mask.width, at as u32 / cell.mask.width);
            field.get_pixel(cell.bounds.left + x, cell.bounds.top + y).0
        });
        statistics.add_cell(pixels, gain);
    }
    statistics.reference().unwrap()
}

fn normaliser(reference: &StainReference) -> StainNormaliser {
    StainNormaliser::new(&StainSettings::default(), Some(reference))
}

#[test]
fn a_slide_of_another_lamp_is_drawn_to_the_reference_the_more_cells_were_seen() {
    let field = Smear::draw(&SmearSettings::default(), 7, 0.4).image;
    let found = find_cells(&PreparedField::new(&field), &FinderSettings::default());
    let measures = measure(&PreparedField::new(&field));
    let mut wanted = reference(glass_gain(measures.colours.background), &found, &field);
    wanted.mean[0] += 0.3;
    wanted.mean[1] -= 0.1;
    let mut normaliser = normaliser(&wanted);
    let change = |t: StainTransform| (t.shift[0] - (1.0 - t.scale[0]) * wanted.mean[0]).abs();
    let first = change(normaliser.next(&field, &measures, &found).unwrap());
    let mut last = first;
    for _ in 0..30 {
        last = change(normaliser.next(&field, &measures, &found).unwrap());
    }
    assert!(first > 0.0 && first < 0.3, "{first}");
    assert!(last > first && last < 0.31, "{first} {last}");

    // The device remembers: a new slide begins where the last one ended.
    normaliser.slide_changed();
    let empty = FoundField::default();
    let next = change(normaliser.next(&field, &measures, &empty).unwrap());
    assert!(next > first, "{next} {first}");
}

#[test]
fn without_a_reference_or_switched_off_nothing_is_changed() {
    let glass = RgbImage::from_pixel(64, 64, image::Rgb([250, 200, 180]));
    let (measures, found) = (measure(&PreparedField::new(&glass)), FoundField::default());
    let some = StainReference {
        mean: [8.0, 0.0, 0.0],
        deviation: [0.5, 0.1, 0.1],
        cells: 9,
    };
    let off = StainSettings {
        method: StainMethod::Off,
    };
    assert_eq!(
        StainNormaliser::new(&off, Some(&some)).next(&glass, &measures, &found),
        None
    );
    let none = StainNormaliser::new(&StainSettings::default(), None).next(&glass, &measures, &found);
    assert_eq!(none, None);
    // Before the first cell only the glass is balanced.
    let first = normaliser(&some).next(&glass, &measures, &found).unwrap();
    assert_eq!((first.scale, first.shift), ([1.0; 3], [0.0; 3]));
    assert!(first.gain[2] > first.gain[0]);
}
