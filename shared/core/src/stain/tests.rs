use super::*;
use crate::random::SplitMix64;

/// A disc of noisy colour on black.
fn crop(colour: [f32; 3], seed: u64) -> CellCrop {
    let mut random = SplitMix64::keyed(&[seed]);
    let mut planes = vec![0u8; 3 * 32 * 32];
    for at in 0..32 * 32 {
        let inside = (at % 32usize).abs_diff(16).pow(2) + (at / 32).abs_diff(16).pow(2) < 180;
        if inside {
            let light = random.range(0.6, 1.3);
            for (c, value) in colour.iter().enumerate() {
                planes[c * 1024 + at] = (value * light * random.range(0.95, 1.05)) as u8;
            }
        }
    }
    CellCrop::from_planes(32, planes).unwrap()
}

fn looks(crop: &CellCrop) -> StainReference {
    let mut statistics = StainStatistics::default();
    statistics.add_crop(crop);
    statistics.reference().unwrap()
}

#[test]
fn there_and_back_is_the_same_colour() {
    for r in [1.0, 40.0, 130.0, 255.0] {
        for g in [1.0, 60.0, 200.0, 255.0] {
            for b in [1.0, 90.0, 180.0, 255.0] {
                let back = from_axes(to_axes([r, g, b]));
                for (was, is) in [r, g, b].iter().zip(back) {
                    assert!((was - is).abs() < 0.05, "{r} {g} {b}: {back:?}");
                }
            }
        }
    }
}

#[test]
fn cells_of_another_lamp_and_stain_come_to_look_like_the_reference_and_black_stays_black() {
    let reference = looks(&crop([120.0, 70.0, 150.0], 1));
    let other = crop([150.0, 90.0, 130.0], 2);
    let transform = StainTransform::new([1.0; 3], &looks(&other), &reference);
    let brought = transform.apply(&other).unwrap();
    let now = looks(&brought);
    for axis in 0..3 {
        assert!(
            (now.mean[axis] - reference.mean[axis]).abs() < 0.02,
            "{now:?} {reference:?}"
        );
        assert!(
            (now.deviation[axis] / reference.deviation[axis] - 1.0).abs() < 0.1,
            "{now:?} {reference:?}"
        );
    }
    for (was, is) in other.planes().iter().zip(brought.planes()) {
        assert_eq!(*was == 0, *is == 0);
    }
}

#[test]
fn cells_that_look_like_the_reference_are_left_within_rounding() {
    let cell = crop([120.0, 70.0, 150.0], 1);
    let same = StainTransform::new([1.0; 3], &looks(&cell), &looks(&cell))
        .apply(&cell)
        .unwrap();
    assert!(
        cell.planes()
            .iter()
            .zip(same.planes())
            .all(|(a, b)| a.abs_diff(*b) <= 1)
    );
}

#[test]
fn no_numbers_make_a_transform_that_knows_no_bounds() {
    let reference = looks(&crop([120.0, 70.0, 150.0], 1));
    for mean in [[f32::NAN; 3], [1e30; 3], [-1e30; 3]] {
        for deviation in [[0.0; 3], [f32::NAN; 3], [f32::INFINITY; 3]] {
            let own = StainReference {
                mean,
                deviation,
                cells: 1,
            };
            assert!(own.check().is_err());
            let transform = StainTransform::new(glass_gain([f32::NAN, 0.0, 1e9]), &own, &reference);
            assert!(
                transform
                    .scale
                    .iter()
                    .chain(&transform.gain)
                    .all(|v| (0.5..=2.0).contains(v))
            );
            transform.apply(&crop([120.0, 70.0, 150.0], 1)).unwrap();
        }
    }
    let empty = CellCrop::from_planes(16, vec![0; 768]).unwrap();
    let mut statistics = StainStatistics::default();
    statistics.add_crop(&empty);
    assert_eq!(statistics.reference(), None);
}
