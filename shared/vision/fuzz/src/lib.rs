//! What libFuzzer and the tests feed bytes to: the way from a picture to found, drawn and registered cells. A body
//! ends in silence where every promise holds, else in a panic.

use blastscope_shared::package::{Manifest, Package, TrustedKey};
use blastscope_shared::picture_header::PictureHeader;
use blastscope_shared::preprocess::{InputSpec, is_masked, masked_cell};
use blastscope_shared::stain::StainReference;
use blastscope_vision::crop::{cell_of_picture, crop_found};
use blastscope_vision::find::{FinderSettings, FoundCell, FoundField, annotated, find_cells};
use blastscope_vision::picture::{decode_picture, view};
use blastscope_vision::quality::{FieldQuality, FieldVerdict, QualitySettings, judge_alone};
use blastscope_vision::raster::{Mask, PixelSize, PreparedField, contour};
use blastscope_vision::register::{Mosaics, RegistrationImage, SeenCell};
use blastscope_vision::stain::{StainNormaliser, StainSettings};
use image::{Rgb, RgbImage};
use std::sync::Arc;

/// Most pixels of a picture that is decoded here: larger ones are slow, not different.
const MOST_PIXELS: u64 = 1 << 18;
/// Most pixels of a drawn field; enough for one that is 64 wide and over 64 times as high.
const MOST_DRAWN: u32 = 1 << 20;
const GLASS: Rgb<u8> = Rgb([235, 215, 205]);

/// A picture file.
pub fn picture(bytes: &[u8]) {
    let header = PictureHeader::read(bytes);
    if let Ok(h) = &header
        && u64::from(h.width) * u64::from(h.height) > MOST_PIXELS
    {
        return;
    }
    match decode_picture(bytes) {
        Ok(field) => {
            let header = header.expect("a picture whose header is refused is not decoded");
            let sizes = [(header.width, header.height), (header.height, header.width)];
            assert!(sizes.contains(&field.dimensions()));
            look_over(&field, &FinderSettings::default());
        }
        Err(e) => assert!(e.to_string().contains(": "), "no remedy: {e}"),
    }
}

/// Pixels of a field. The first four bytes are how it is drawn and whether it is registered, its sides and the settings;
/// the rest are pixels, over and over, or discs of six bytes on glass.
pub fn field(bytes: &[u8]) {
    let [drawn, width, height, set, rest @ ..] = bytes else {
        return;
    };
    let width = side(*width);
    let height = match width {
        0 => side(*height),
        _ => side(*height).min(MOST_DRAWN / width),
    };
    let mut field = RgbImage::from_pixel(width, height, GLASS);
    match drawn % 2 {
        0 => {
            let pixels = rest.as_chunks::<3>().0;
            for (to, from) in field.pixels_mut().zip(pixels.iter().cycle()) {
                to.0 = *from;
            }
        }
        _ => rest
            .as_chunks::<6>()
            .0
            .iter()
            .take(64)
            .for_each(|d| disc(&mut field, *d)),
    }
    let finder = finder(*set);
    if finder.check().is_err() {
        return;
    }
    let found = look_over(&field, &finder);
    // Its Fourier transforms take most of the time and depend on little.
    if drawn & 2 != 0 {
        register(&field, &found);
    }
}

/// A model package that nobody signed, and its manifest as if somebody had.
pub fn package(bytes: &[u8]) {
    let key = "untrusted comment: of nobody\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let key = TrustedKey::parse(key).expect("minisign's example key");
    let refusal = Package::open(bytes, &[key]).expect_err("nobody signed it");
    assert!(!refusal.to_string().is_empty());
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) {
        let _ = manifest.input.check();
    }
}

/// 0 to 191 as they are, then in steps of a quarter octave up to the longest side of a picture.
fn side(byte: u8) -> u32 {
    match byte {
        0..192 => u32::from(byte),
        _ => (f32::from(byte - 192) / 4.0 + 7.0).exp2().min(30_000.0) as u32,
    }
}

/// A disc in the colour of a nucleus, of cytoplasm or of a red cell, or in any colour.
fn disc(field: &mut RgbImage, [x, y, radius, r, g, b]: [u8; 6]) {
    let colour = match r % 4 {
        0 => [90, 45, 130],
        1 => [185, 170, 215],
        2 => [205, 150, 150],
        _ => [r, g, b],
    };
    let (w, h) = field.dimensions();
    let radius = u32::from(radius) * w.max(h) / 512;
    let (cx, cy) = (u32::from(x) * w / 256, u32::from(y) * h / 256);
    for y in cy.saturating_sub(radius)..h.min(cy + radius + 1) {
        for x in cx.saturating_sub(radius)..w.min(cx + radius + 1) {
            let (dx, dy) = (u64::from(x.abs_diff(cx)), u64::from(y.abs_diff(cy)));
            if dx * dx + dy * dy <= u64::from(radius).pow(2) {
                field.put_pixel(x, y, Rgb(colour));
            }
        }
    }
}

/// Settings from sensible ones to the ends of their ranges.
fn finder(set: u8) -> FinderSettings {
    let mut settings = FinderSettings::default();
    match set % 16 {
        0..4 => {}
        4 => settings.least_score = 0.0,
        5 => settings.coarse_side = 64,
        6 => settings.longest_side = 4096,
        7 => settings.red_cell_diameter = Some(4.0),
        8 => settings.red_cell_diameter = Some(40.0),
        9 => settings.red_cell_diameter = Some(10_000.0),
        10 => settings.red_cell_diameter = Some(f32::NAN),
        11 => settings.least_purple = 0.0,
        12 => settings.nuclear_level = 0.0,
        13 => settings.most_nuclei = 1,
        14 => (settings.reach, settings.lobe_gap, settings.lobe_span) = (5.0, 5.0, 10.0),
        _ => (settings.least_nucleus, settings.least_split) = (0.05, 0.1),
    }
    if set >= 128 {
        settings.least_score = 0.0;
    }
    settings
}

/// The whole way of a field, and what it promises.
fn look_over(field: &RgbImage, finder: &FinderSettings) -> FoundField {
    let prepared = PreparedField::new(field);
    let quality = judge_alone(&prepared, &QualitySettings::default());
    check_quality(&quality);
    let found = find_cells(&prepared, finder);
    found.cells.iter().for_each(|c| check_cell(field, c));
    assert!(found.red_cell_diameter.is_none_or(|d| d.is_finite() && d > 0.0));
    assert_eq!(annotated(field, &found).dimensions(), field.dimensions());

    let reference = StainReference {
        mean: [4.0, 0.0, 0.0],
        deviation: [0.3; 3],
        cells: 100,
    };
    let mut stain = StainNormaliser::new(&StainSettings::default(), Some(&reference));
    stain.next(field, &quality.measures, &found);
    let input = InputSpec::masked_cell(32, 400);
    for cell in found.cells.iter().take(4) {
        let crop = crop_found(field, cell, PixelSize::new(150), &input);
        assert!(crop.is_ok(), "a found cell cannot be cropped: {crop:?}");
    }
    let _ = cell_of_picture(field, PixelSize::new(150), finder, &input);
    if let Ok(seen) = view(field) {
        let _ = is_masked(seen);
        let mask = masked_cell(seen);
        assert!(mask.is_ok_and(|m| m.area() > 0) || field.pixels().all(|p| p.0.iter().all(|v| *v <= 24)));
    }
    found
}

fn check_quality(quality: &FieldQuality) {
    assert_eq!(
        quality.verdict == FieldVerdict::Good,
        quality.reasons.is_empty(),
        "{quality:?}"
    );
    // JSON has no word for what is not finite.
    let colours = serde_json::to_value(&quality.measures.colours).expect("numbers");
    assert!(!colours.to_string().contains("null"), "{quality:?}");
    let edges = quality
        .measures
        .edges
        .map(|e| serde_json::to_value(e).expect("numbers"));
    assert!(
        edges.is_none_or(|e| !e.to_string().contains("null")),
        "{quality:?}"
    );
}

fn check_cell(field: &RgbImage, cell: &FoundCell) {
    let bounds = cell.bounds;
    assert!(
        bounds.right() <= field.width() && bounds.bottom() <= field.height(),
        "{bounds:?}"
    );
    assert!((0.0..=1.0).contains(&cell.score), "score {}", cell.score);
    assert!(cell.mask.area() > 0, "an empty cell");
    assert!(contour(&cell.mask).len() >= 4, "a cell without an outline");
    let sized = |m: &Mask| {
        let pixels = (m.width * m.height) as usize;
        (m.width, m.height) == (bounds.width, bounds.height) && m.data.len() == pixels
    };
    assert!(sized(&cell.mask), "a mask of another size than its box");
    let nucleus = &cell.nucleus.data;
    assert!(sized(&cell.nucleus), "a nucleus of another size than its box");
    let outside = cell
        .mask
        .data
        .iter()
        .zip(nucleus)
        .any(|(m, n)| *m == 0 && *n != 0);
    assert!(!outside, "a nucleus outside its cell");
}

/// A field laid over itself.
fn register(field: &RgbImage, found: &FoundField) {
    let image = RegistrationImage::new(field).map(Arc::new);
    let cells: Vec<SeenCell> = found.cells.iter().map(SeenCell::of).collect();
    let mut mosaics = Mosaics::new(2);
    for _ in 0..2 {
        let seen = mosaics.see(None, image.as_ref(), &cells);
        assert_eq!(seen.again.len(), cells.iter().filter(|c| c.classified).count());
    }
}
