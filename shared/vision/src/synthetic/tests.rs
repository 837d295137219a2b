use super::*;
use crate::find::{FinderSettings, find_cells};
use crate::raster::{Point, PreparedField, RED_CELL_NM};

fn draw(seed: u64, number: u64, blur: f32, cells: u32) -> Smear {
    let settings = SmearSettings { seed, blur, cells };
    Smear::draw(&settings, number, 0.4)
}

#[test]
fn a_seed_draws_the_same_slide_again() {
    let (a, b) = (draw(3, 5, 0.0, 6), draw(3, 5, 0.0, 6));
    assert_eq!((a.image.as_raw() == b.image.as_raw(), &a.cells), (true, &b.cells));
    assert!(draw(4, 5, 0.0, 6).image != a.image);
    assert!(draw(3, 6, 0.0, 6).image != a.image);
}

#[test]
fn the_finder_sees_the_drawn_cells() {
    let (mut drawn, mut hit, mut found) = (0, 0, 0);
    for number in 0..8 {
        let smear = draw(11, number, 0.5 * (number % 3) as f32, 6);
        let field = find_cells(&PreparedField::new(&smear.image), &FinderSettings::default());
        let centres: Vec<Point> = field.cells.iter().map(|c| c.bounds.centre()).collect();
        let near = |c: &DrawnCell, p: &Point| c.centre.distance(*p) < c.reach / 2.0;
        let whole: Vec<&DrawnCell> = smear.cells.iter().filter(|c| !c.cut).collect();
        drawn += whole.len();
        hit += whole
            .iter()
            .filter(|c| centres.iter().any(|p| near(c, p)))
            .count();
        found += centres
            .iter()
            .filter(|p| !smear.cells.iter().any(|c| near(c, p)))
            .count();
        let diameter = field.red_cell_diameter.unwrap();
        let drawn_diameter = RED_CELL_NM / Smear::PIXEL_SIZE.nanometres() as f32;
        assert!(
            (diameter / drawn_diameter - 1.0).abs() < 0.12,
            "{diameter} for {drawn_diameter}"
        );
    }
    assert!(drawn > 30, "{drawn}");
    assert!(hit as f32 >= 0.9 * drawn as f32, "{hit} of {drawn}");
    assert!(found as f32 <= 0.1 * drawn as f32, "{found} that were not drawn");
}

#[test]
fn a_field_of_any_size_has_as_many_red_cells_a_pixel_and_the_white_cells_asked_for() {
    let settings = SmearSettings::default();
    let large = Smear::draw_sized(&settings, 3, 0.4, (1440, 1080));
    assert_eq!(large.image.dimensions(), (1440, 1080));
    assert!((4..=8).contains(&large.cells.len()), "{}", large.cells.len());
    let dyed = |smear: &Smear| {
        let dark = smear.image.pixels().filter(|p| p[1] < 190).count();
        dark as f32 / smear.image.pixels().len() as f32
    };
    let (large_share, usual) = (dyed(&large), dyed(&Smear::draw(&settings, 3, 0.4)));
    assert!(
        (0.5..1.2).contains(&(large_share / usual)),
        "{large_share} for {usual}"
    );
    for size in [(0, 0), (1, 5000)] {
        let odd = Smear::draw_sized(&settings, 0, 0.4, size).image;
        assert_eq!(odd.dimensions(), (128, size.1.max(128)));
    }
}

#[test]
fn a_field_without_white_cells_can_be_drawn() {
    assert!(draw(1, 0, 0.0, 0).cells.is_empty());
}

#[test]
fn slides_differ_in_their_share_of_blasts() {
    let blasts = |share| {
        let settings = SmearSettings::default();
        let cells = (0..4).flat_map(|n| Smear::draw(&settings, n, share).cells);
        cells.filter(|c| c.blast).count()
    };
    assert_eq!(blasts(0.0), 0);
    assert!(blasts(0.9) > blasts(0.4) && blasts(0.4) > 0);
}
