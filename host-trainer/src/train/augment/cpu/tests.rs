use crate::train::augment::{Augmentation, Rotation};
use crate::train::tests::recipe;
use blastscope_shared::random::SplitMix64;
use proptest::prelude::*;

fn augmentation() -> Augmentation {
    recipe().augmentation
}

/// A square of one colour on black, not centred.
fn square(size: usize) -> Vec<u8> {
    let mut planes = vec![0u8; 3 * size * size];
    for y in 8..20 {
        for x in 10..18 {
            for c in 0..3 {
                planes[(c * size + y) * size + x] = [180, 90, 160][c] + ((x * y) % 20) as u8;
            }
        }
    }
    planes
}

#[test]
fn augmentation_is_the_same_for_the_same_stream_and_keeps_the_background_black() {
    let (size, planes) = (32, square(32));
    let apply = |seed| {
        let mut out = vec![7u8; planes.len()];
        augmentation().apply(&planes, size, &mut SplitMix64::new(seed), &mut out);
        out
    };
    for seed in 0..200 {
        let out = apply(seed);
        assert_eq!(out, apply(seed));
        // The square reaches at most 14 px from the centre, 2 px more by the shift, magnified by 1.1.
        for i in (0..size * size).filter(|i| {
            let (x, y) = ((i % size) as f32 - 15.5, (i / size) as f32 - 15.5);
            x.hypot(y) > 15.0
        }) {
            assert_eq!(
                [out[i], out[1024 + i], out[2048 + i]],
                [0; 3],
                "seed {seed}, pixel {i}"
            );
        }
        assert!(out.iter().any(|v| *v > 0));
    }
    assert!((0..20).any(|s| apply(s) != apply(s + 1)));
}

#[test]
fn quarter_turns_and_flips_move_pixels_and_change_none() {
    let only = Augmentation {
        flip: true,
        rotation: Rotation::Quarter,
        ..Augmentation::default()
    };
    let planes = square(32);
    let sorted = |p: &[u8]| {
        let mut p = p.to_vec();
        p.sort_unstable();
        p
    };
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let mut out = vec![0u8; planes.len()];
        only.apply(&planes, 32, &mut SplitMix64::new(seed), &mut out);
        assert_eq!(sorted(&out), sorted(&planes));
        seen.insert(out);
    }
    assert_eq!(seen.len(), 8, "all eight symmetries of the square occur");
    assert!(seen.contains(&planes));
}

#[test]
fn a_turn_keeps_the_size_of_a_cell_and_nothing_at_all_changes_nothing() {
    let planes = square(32);
    let lit = |p: &[u8]| p[..1024].iter().map(|v| f64::from(*v)).sum::<f64>();
    let mut turn = augmentation();
    (turn.brightness, turn.contrast, turn.stain, turn.channel_gain) = (0.0, 0.0, 0.0, 0.0);
    (turn.blur, turn.noise, turn.cutout, turn.scale) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..50 {
        let mut out = vec![0u8; planes.len()];
        turn.apply(&planes, 32, &mut SplitMix64::new(seed), &mut out);
        assert!((lit(&out) / lit(&planes) - 1.0).abs() < 0.03);
    }
    (turn.flip, turn.rotation, turn.shift) = (false, Rotation::None, 0.0);
    let mut out = vec![0u8; planes.len()];
    turn.apply(&planes, 32, &mut SplitMix64::new(1), &mut out);
    assert_eq!(out, planes);
}

proptest! {
    #[test]
    fn black_stays_black_whatever_is_done(seed: u64, value in 0u8..=255) {
        let mut planes = vec![0u8; 3 * 24 * 24];
        let mut tint = augmentation();
        (tint.rotation, tint.scale, tint.shift) = (Rotation::Quarter, 0.0, 0.0);
        (tint.blur, tint.noise) = (1.0, 8.0);
        for c in 0..3 {
            planes[c * 576 + 12 * 24 + 11] = value;
        }
        let mut out = vec![0u8; planes.len()];
        tint.apply(&planes, 24, &mut SplitMix64::new(seed), &mut out);
        let lit = (0..576).filter(|i| (0..3).any(|c| out[c * 576 + i] > 0)).count();
        prop_assert!(lit <= 1);
    }
}
