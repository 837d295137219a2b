use super::*;
use crate::package::sha256_hex;
use proptest::prelude::*;

/// A disc with texture on black, off centre.
fn picture(w: u32, h: u32, cx: f64, cy: f64, r: f64) -> Vec<u8> {
    let mut data = Vec::new();
    for y in 0..h {
        for x in 0..w {
            let inside = (f64::from(x) - cx).powi(2) + (f64::from(y) - cy).powi(2) <= r * r;
            let v = ((x * 7 + y * 13) % 90) as u8;
            data.extend(if inside {
                [120 + v, 60 + v / 2, 150 + v]
            } else {
                [3, 5, 2]
            });
        }
    }
    data
}

const SPEC: InputSpec = InputSpec::masked_cell(96, 220);

#[test]
fn the_crop_of_a_known_picture_is_the_same_to_the_bit_everywhere() {
    let data = picture(450, 450, 210.0, 240.0, 100.0);
    let view = RgbView::new(450, 450, &data).unwrap();
    assert!(is_masked(view));
    let mask = masked_cell(view).unwrap();
    let hash = |nm| sha256_hex(crop_cell(view, &mask, nm, &SPEC).unwrap().planes());
    assert_eq!([55, 110, 400].map(hash), GOLDEN);
}

const GOLDEN: [&str; 3] = [
    "ded43a15bab042da875012dc4f8223e410f57989ecf1f71eb247050d376a6f4e",
    "146f233446ba96dce983c0a6c9ca1461e7f282723cc116d599c7d2aeecce37a1",
    "1e45b7810a1bf628aa28bd47c6db211198119750df62a71b0448563de5d233e5",
];

#[test]
fn a_cell_keeps_its_scale_and_is_centred_wherever_it_lies() {
    for (cx, cy) in [(120.0, 130.0), (225.0, 225.0), (330.0, 300.0)] {
        let data = picture(450, 450, cx, cy, 100.0);
        let view = RgbView::new(450, 450, &data).unwrap();
        let crop = crop_cell(view, &masked_cell(view).unwrap(), 55, &SPEC).unwrap();
        let lit: Vec<(usize, usize)> = (0..96 * 96)
            .filter(|i| crop.planes()[*i] > 60)
            .map(|i| (i % 96, i / 96))
            .collect();
        let diameter = 2.0 * (lit.len() as f64 / std::f64::consts::PI).sqrt();
        assert!((diameter - 50.0).abs() < 1.0, "{diameter}");
        let mean = lit.iter().map(|p| p.0 as f64).sum::<f64>() / lit.len() as f64;
        assert!((mean - 47.5).abs() < 0.5, "{mean}");
    }
}

#[test]
fn everything_outside_the_mask_is_black_and_specks_are_not_the_cell() {
    let mut data = picture(200, 200, 100.0, 100.0, 40.0);
    data[3 * (10 * 200 + 10)..][..3].fill(255);
    let hole = 3 * (100 * 200 + 100);
    data[hole..hole + 3].fill(0);
    let view = RgbView::new(200, 200, &data).unwrap();
    let mask = masked_cell(view).unwrap();
    assert_eq!(mask.data()[10 * 200 + 10], 0, "a speck");
    assert_eq!(mask.data()[100 * 200 + 100], 1, "a hole in the cell");
    let crop = crop_cell(view, &mask, 220, &SPEC).unwrap();
    assert!(crop.planes()[..96].iter().all(|v| *v == 0));
}

#[test]
fn a_black_picture_shows_no_cell_and_an_ordinary_one_is_not_masked() {
    let black = vec![4u8; 30 * 30 * 3];
    assert!(masked_cell(RgbView::new(30, 30, &black).unwrap()).is_err());
    let grey = vec![200u8; 30 * 30 * 3];
    assert!(!is_masked(RgbView::new(30, 30, &grey).unwrap()));
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    assert_eq!(RgbView::new(0, 5, &[]).unwrap_err().kind(), ErrorKind::Range);
    assert_eq!(
        RgbView::new(30_000, 30_000, &[]).unwrap_err().kind(),
        ErrorKind::Range
    );
    assert_eq!(
        RgbView::new(2, 2, &[0; 11]).unwrap_err().kind(),
        ErrorKind::Malformed
    );
    assert!(CellMask::new(2, 2, vec![0; 4]).is_err());
    assert!(InputSpec::masked_cell(8, 220).check().is_err());
}

/// Smooth in both directions, with its mean in the middle.
fn slope(w: u32, h: u32) -> Vec<u8> {
    let pixels = (0..w * h).map(|i| (i % w, i / w));
    pixels
        .flat_map(|(x, y)| [(40 + x * 170 / w) as u8, (30 + y * 200 / h) as u8, 90])
        .collect()
}

#[test]
fn a_whole_picture_is_kept_in_proportion_and_black_outside() {
    for (w, h) in [(200, 100), (100, 200), (2592 / 8, 1944 / 8), (257, 257), (9, 64)] {
        let data = slope(w, h);
        let view = RgbView::new(w, h, &data).unwrap();
        let crop = whole_picture(view, &InputSpec::whole_picture(64, 100)).unwrap();
        let longest = f64::from(w.max(h));
        let reach = |side: u32| 32.0 * f64::from(side) / longest;
        let (rx, ry) = (reach(w), reach(h));
        for y in 0..64usize {
            for x in 0..64usize {
                let (dx, dy) = (x as f64 + 0.5 - 32.0, y as f64 + 0.5 - 32.0);
                let blue = crop.planes()[2 * 64 * 64 + y * 64 + x];
                if dx.abs() < rx - 0.01 && dy.abs() < ry - 0.01 {
                    assert_eq!(blue, 90, "{w}x{h} at {x},{y}: the border is not darkened");
                    let red = 40.0 + 170.0 * (dx + rx) / (2.0 * rx);
                    let got = f64::from(crop.planes()[y * 64 + x]);
                    let rim = 170.0 * 32.0 / (rx * 64.0) + 2.0;
                    assert!((got - red).abs() < rim, "{w}x{h} at {x},{y}: {got} for {red}");
                } else if dx.abs() > rx + 0.01 || dy.abs() > ry + 0.01 {
                    assert_eq!(blue, 0, "{w}x{h} at {x},{y}");
                }
            }
        }
    }
}

#[test]
fn a_whole_picture_of_the_size_of_the_input_is_itself() {
    let data = slope(48, 48);
    let view = RgbView::new(48, 48, &data).unwrap();
    let crop = whole_picture(view, &InputSpec::whole_picture(48, 100)).unwrap();
    assert_eq!(crop.interleaved(), data);
}

#[test]
fn whole_pictures_are_the_same_to_the_bit_everywhere() {
    let data = picture(450, 300, 210.0, 140.0, 100.0);
    let view = RgbView::new(450, 300, &data).unwrap();
    let hash = |enhancement| {
        let spec = InputSpec {
            enhancement,
            ..InputSpec::whole_picture(96, 220)
        };
        sha256_hex(whole_picture(view, &spec).unwrap().planes())
    };
    assert_eq!([Enhancement::None, Enhancement::Alkhouli2024].map(hash), WHOLE);
    let spec = InputSpec {
        enhancement: Enhancement::Alkhouli2024,
        ..SPEC
    };
    let mask = masked_cell(view).unwrap();
    assert_eq!(
        sha256_hex(crop_cell(view, &mask, 55, &spec).unwrap().planes()),
        ENHANCED_CELL
    );
}

const WHOLE: [&str; 2] = [
    "c1d23b6ddac14455b3c2a1e1550f428708c9d6f2aef47d492942c4769f11e40d",
    "b8e1ae3d73129c1fecc9f9b77fdfa0956f5e54824ece35678855307c9fbf9919",
];
const ENHANCED_CELL: &str = "1ad37811fa8ba0e08bc91eab88de19fe12a252d66b44c0b7e0b8dd3a7252562e";

#[test]
fn a_framing_is_not_mistaken_for_another() {
    let data = picture(100, 100, 50.0, 50.0, 30.0);
    let view = RgbView::new(100, 100, &data).unwrap();
    let error = whole_picture(view, &SPEC).unwrap_err();
    assert!(error.to_string().contains("single cell"), "{error}");
    let mask = masked_cell(view).unwrap();
    let error = crop_cell(view, &mask, 55, &InputSpec::whole_picture(96, 220)).unwrap_err();
    assert!(error.to_string().contains("whole picture"), "{error}");
    let names = InputSpec::known_preprocessing();
    assert!((1..4).all(|i| !names[..i].contains(&names[i])), "{names:?}");
    assert_eq!(SPEC.preprocessing(), "masked-centroid-triangle-1");
}

#[test]
fn a_spec_says_no_more_than_it_must() {
    let json = serde_json::to_string(&SPEC).unwrap();
    assert_eq!(json, r#"{"size":96,"nanometres_per_pixel":220}"#);
    assert_eq!(serde_json::from_str::<InputSpec>(&json).unwrap(), SPEC);
    let whole =
        r#"{"size":96,"nanometres_per_pixel":220,"framing":"whole-picture","enhancement":"alkhouli2024"}"#;
    let spec: InputSpec = serde_json::from_str(whole).unwrap();
    assert_eq!(serde_json::to_string(&spec).unwrap(), whole);
    assert_eq!(spec.preprocessing(), "alkhouli2024-1+whole-triangle-1");
}

proptest! {
    #[test]
    fn no_picture_makes_it_panic(w in 1u32..40, h in 1u32..40, seed: u64, nm in 1u32..5000, size in 16u32..40) {
        let mut r = crate::random::SplitMix64::new(seed);
        let data: Vec<u8> = (0..w * h * 3).map(|_| r.next_u64() as u8).collect();
        let view = RgbView::new(w, h, &data).unwrap();
        is_masked(view);
        let whole = InputSpec { enhancement: Enhancement::Alkhouli2024, ..InputSpec::whole_picture(size, 220) };
        prop_assert_eq!(whole_picture(view, &whole).unwrap().planes().len(), (size * size * 3) as usize);
        if let Ok(mask) = masked_cell(view) {
            let spec = InputSpec::masked_cell(size, 220);
            prop_assert_eq!(crop_cell(view, &mask, nm, &spec).unwrap().planes().len(), (size * size * 3) as usize);
        }
    }
}
