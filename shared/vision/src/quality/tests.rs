use super::*;
use crate::raster::PreparedField;
use crate::synthetic::{Smear, SmearSettings};
use blastscope_shared::random::SplitMix64;
use image::{Rgb, RgbImage, imageops};

#[test]
fn a_reason_is_known_by_its_code() {
    for reason in QualityReason::ALL {
        let code = reason.code();
        assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
        assert_eq!(
            serde_json::from_value::<QualityReason>(code.into()).unwrap(),
            reason
        );
    }
    assert!(serde_json::from_str::<QualityReason>("\"sunny\"").is_err());
}

fn smear(number: u64, blur: f32) -> RgbImage {
    let settings = SmearSettings {
        blur,
        ..Default::default()
    };
    Smear::draw(&settings, number, 0.4).image
}

fn alone(field: &RgbImage) -> FieldQuality {
    judge_alone(&PreparedField::new(field), &QualitySettings::default())
}

/// Five fields as sharp as this one have been seen of the slide.
fn after_sharp(field: &RgbImage) -> QualityReference {
    let mut reference = QualityReference::default();
    let measures = measure(&PreparedField::new(field));
    for _ in 0..5 {
        let quality = reference.judge(measures.clone(), &QualitySettings::default());
        assert_eq!(
            (quality.verdict, &*quality.reasons),
            (FieldVerdict::Good, &[][..]),
            "{quality:?}"
        );
    }
    reference
}

/// Every step is no better than the one before, the first is good, the last unusable for this reason.
fn flips(reason: QualityReason, fields: &[RgbImage]) {
    let reference = after_sharp(&fields[0]);
    let judged = |f: &RgbImage| {
        reference
            .clone()
            .judge(measure(&PreparedField::new(f)), &QualitySettings::default())
    };
    let said: Vec<FieldQuality> = fields.iter().map(judged).collect();
    assert!(said.is_sorted_by_key(|q| q.verdict), "{said:?}");
    let last = said.last().unwrap();
    assert_eq!(last.verdict, FieldVerdict::Unusable, "{last:?}");
    assert_eq!(last.reasons[0], reason, "{last:?}");
}

fn moved(field: &RgbImage, path: u32) -> RgbImage {
    let (w, h) = field.dimensions();
    RgbImage::from_fn(w, h, |x, y| {
        let mut sums = [0u32; 3];
        for step in 0..path {
            let pixel = field.get_pixel((x + step).min(w - 1), y);
            sums.iter_mut().zip(pixel.0).for_each(|(s, v)| *s += u32::from(v));
        }
        Rgb(sums.map(|s| (s / path) as u8))
    })
}

fn lit(field: &RgbImage, times: f32) -> RgbImage {
    let mut lit = field.clone();
    lit.iter_mut()
        .for_each(|v| *v = (f32::from(*v) * times).min(255.0) as u8);
    lit
}

fn swapped(field: &RgbImage) -> RgbImage {
    let mut swapped = field.clone();
    swapped.pixels_mut().for_each(|p| p.0.reverse());
    swapped
}

#[test]
fn a_field_that_is_turned_out_of_focus_becomes_unusable_and_stays_so() {
    flips(
        QualityReason::OutOfFocus,
        &[0.0, 2.0, 4.0, 6.0].map(|blur| smear(7, blur)),
    );
}

#[test]
fn cells_blurred_until_no_edge_is_left_are_out_of_focus_and_not_good() {
    for blur in [10.0, 25.0, 60.0] {
        let quality = alone(&imageops::fast_blur(&smear(7, 0.0), blur));
        assert_eq!(
            quality.reasons,
            [QualityReason::OutOfFocus],
            "{blur}: {quality:?}"
        );
        assert_eq!(quality.verdict, FieldVerdict::Unusable);
        let measured = quality.measures.edges.is_some_and(|e| e.tenengrad > 0.0);
        assert_eq!(measured, blur < 60.0, "{blur}: {quality:?}");
    }
}

#[test]
fn a_field_that_moves_is_told_from_one_out_of_focus() {
    let field = smear(7, 0.0);
    flips(
        QualityReason::Moving,
        &[1, 4, 8, 16, 30].map(|path| moved(&field, path)),
    );
}

#[test]
fn too_little_and_too_much_light_are_said() {
    let field = smear(7, 0.0);
    flips(
        QualityReason::TooDark,
        &[1.0, 0.7, 0.4, 0.25, 0.15].map(|times| lit(&field, times)),
    );
    flips(
        QualityReason::TooBright,
        &[1.0, 1.2, 1.5, 2.0, 3.0].map(|times| lit(&field, times)),
    );
    let quality = alone(&lit(&field, 3.0));
    assert_eq!(quality.reasons[0], QualityReason::TooBright, "{quality:?}");
}

#[test]
fn thicker_and_thicker_layers_become_too_crowded() {
    // Densities add where cells lie upon each other; 240 is above the glass of the drawn fields.
    let field = smear(7, 0.0);
    let (w, h) = field.dimensions();
    let thick = |count: u32| {
        RgbImage::from_fn(w, h, |x, y| {
            let layers = (0..count).map(|n| field.get_pixel((x + 371 * n) % w, (y + 157 * n) % h));
            let through = layers.fold([240u32; 3], |light, layer| {
                std::array::from_fn(|c| light[c] * u32::from(layer.0[c]) / 240)
            });
            Rgb(through.map(|v| v as u8))
        })
    };
    flips(QualityReason::TooCrowded, &[1, 2, 3, 4, 6, 8].map(thick));
}

#[test]
fn bare_glass_is_blank_and_channels_in_the_wrong_order_are_noticed() {
    let glass = RgbImage::from_pixel(640, 480, Rgb([235, 230, 231]));
    assert_eq!(alone(&glass).reasons, [QualityReason::Blank]);
    for number in 0..2 {
        let field = smear(number, 0.0);
        assert_eq!(alone(&field).verdict, FieldVerdict::Good);
        let quality = alone(&swapped(&field));
        assert_eq!(quality.verdict, FieldVerdict::Unusable, "{quality:?}");
        assert_eq!(quality.reasons, [QualityReason::StrangeColours]);
        let grey = image::DynamicImage::ImageRgb8(field).grayscale().into_rgb8();
        assert_eq!(alone(&grey).reasons, [QualityReason::StrangeColours]);
    }
}

#[test]
fn what_is_no_blood_field_gets_a_verdict_and_a_reason() {
    let mut random = SplitMix64::keyed(&[3]);
    let noise = RgbImage::from_fn(320, 240, |_, _| {
        let [r, g, b, ..] = random.next_u64().to_le_bytes();
        Rgb([r, g, b])
    });
    // Sky over grass.
    let landscape = RgbImage::from_fn(640, 480, |x, y| {
        let grain = (random.below(24)) as u8;
        match y < 200 + x / 16 {
            true => Rgb([90 + (y / 4) as u8, 140 + (y / 4) as u8, 230]),
            false => Rgb([60 + grain, 110 + grain, 40]),
        }
    });
    // A cell on black, as data sets have them.
    let single = RgbImage::from_fn(300, 300, |x, y| {
        let inside = x.abs_diff(150).pow(2) + y.abs_diff(150).pow(2) < 3600;
        if inside {
            Rgb([120, 60, 140])
        } else {
            Rgb([0, 0, 0])
        }
    });
    for (field, what) in [
        (noise, "noise"),
        (landscape, "landscape"),
        (single, "single cell"),
    ] {
        let quality = alone(&field);
        assert_eq!(quality.verdict, FieldVerdict::Unusable, "{what}: {quality:?}");
        assert!(
            quality.reasons.contains(&QualityReason::NotABloodField),
            "{what}: {quality:?}"
        );
    }
}

#[test]
fn odd_pictures_get_a_verdict_and_finite_numbers() {
    let colours = [[0; 3], [255; 3], [255, 0, 0], [16; 3], [128, 127, 129]];
    for (w, h) in [(0, 0), (1, 1), (1, 500), (500, 1), (47, 49), (3000, 2)] {
        for colour in colours {
            let quality = alone(&RgbImage::from_pixel(w, h, Rgb(colour)));
            assert_eq!(
                quality.verdict,
                FieldVerdict::Unusable,
                "{w}x{h} {colour:?}: {quality:?}"
            );
            assert!(!quality.reasons.is_empty());
            let json = serde_json::to_string(&quality).unwrap();
            let numbers = serde_json::to_value(&quality.measures.colours).unwrap();
            assert!(
                numbers.as_object().unwrap().values().all(|v| !v.is_null()),
                "{json}"
            );
        }
    }
    let black = alone(&RgbImage::new(640, 480));
    assert_eq!(black.reasons, [QualityReason::TooDark]);
    let white = alone(&RgbImage::from_pixel(640, 480, Rgb([255; 3])));
    assert_eq!(white.reasons, [QualityReason::TooBright]);
}

#[test]
fn exposure_and_size_hardly_move_the_edge_width() {
    let field = smear(7, 1.5);
    let width = |f: &RgbImage| measure(&PreparedField::new(f)).edges.unwrap().width;
    let whole = width(&field);
    assert!((width(&lit(&field, 0.6)) / whole - 1.0).abs() < 0.1);
    let quarter = imageops::crop_imm(&field, 100, 100, 480, 360).to_image();
    assert!((width(&quarter) / whole - 1.0).abs() < 0.15);
}

#[test]
fn an_unusable_field_does_not_become_the_reference() {
    let mut reference = after_sharp(&smear(7, 0.0));
    let before = reference.clone();
    reference.judge(
        measure(&PreparedField::new(&smear(7, 6.0))),
        &QualitySettings::default(),
    );
    assert_eq!(reference, before);
}
