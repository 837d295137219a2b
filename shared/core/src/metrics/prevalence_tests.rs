use super::super::{MeasuredShare, wilson};
use super::*;
use crate::random::SplitMix64;

fn measured(share: f64, cells: u64) -> MeasuredShare {
    MeasuredShare {
        share,
        // The Student quantile of so many subjects is the normal one.
        standard_error: (share * (1.0 - share) / cells as f64).sqrt(),
        cells,
        subjects: cells,
    }
}

fn classifier(sensitivity: (f64, u64), specificity: (f64, u64)) -> Performance {
    Performance {
        sensitivity: measured(sensitivity.0, sensitivity.1),
        specificity: measured(specificity.0, specificity.1),
    }
}

#[test]
fn the_estimate_is_that_of_rogan_and_gladen() {
    // 1978: apparent prevalence 0.35, sensitivity 0.9, specificity 0.8: (0.35 + 0.8 - 1) / 0.7.
    let p = prevalence(35, 100, &classifier((0.9, 500), (0.8, 500)));
    assert!((p.share.unwrap() - 0.15 / 0.7).abs() < 1e-12);
    assert!(p.interval.low < 0.15 && p.interval.high > 0.28, "{p:?}");
    assert!(!p.cannot_tell && !p.below_its_error);
}

#[test]
fn errors_known_exactly_give_the_wilson_interval_transformed() {
    let exact = 1_000_000_000_000;
    for (hits, total) in [(300, 500), (250, 400), (60, 100)] {
        let p = prevalence(hits, total, &classifier((0.9, exact), (0.8, exact)));
        let raw = wilson(hits, total);
        let transformed = |share: f64| (share - 0.2) / 0.7;
        assert!(
            (p.interval.low - transformed(raw.low)).abs() < 1e-4,
            "{p:?} {raw:?}"
        );
        assert!(
            (p.interval.high - transformed(raw.high)).abs() < 1e-4,
            "{p:?} {raw:?}"
        );
    }
}

#[test]
fn a_classifier_that_cannot_tell_leaves_the_whole_range() {
    for performance in [
        classifier((0.4, 1000), (0.6, 1000)),
        classifier((0.2, 1000), (0.3, 1000)),
        classifier((0.55, 20), (0.55, 20)),
    ] {
        for hits in [0, 50, 100] {
            let p = prevalence(hits, 100, &performance);
            assert!(p.cannot_tell && p.share.is_none(), "{p:?}");
            assert_eq!(p.interval, Interval { low: 0.0, high: 1.0 });
        }
    }
    let p = prevalence(0, 0, &classifier((0.9, 100), (0.9, 100)));
    assert_eq!((p.share, p.interval), (None, Interval { low: 0.0, high: 1.0 }));
}

#[test]
fn the_interval_is_never_empty_and_holds_what_the_test_accepts() {
    let performance = classifier((0.9, 120), (0.6, 60));
    for total in [1, 7, 50, 400] {
        for hits in 0..=total {
            let p = prevalence(hits, total, &performance);
            let Interval { low, high } = p.interval;
            assert!(
                0.0 <= low && low < high && high <= 1.0,
                "{hits} of {total}: {p:?}"
            );
            let share = p.share.unwrap();
            assert!(low <= share && share <= high, "{hits} of {total}: {p:?}");
            let test = ScoreTest::new(hits, total, &performance);
            assert!(test.accepts((0.1 * low + 0.9 * high).clamp(low, high), Z95));
            let outside = [low - 0.01, high + 0.01]
                .into_iter()
                .filter(|s| (0.0..=1.0).contains(s));
            outside.for_each(|s| assert!(!test.accepts(s, Z95), "{s} {p:?}"));
        }
    }
}

#[test]
fn uncertain_errors_and_fewer_cells_widen_it() {
    let width = |total: u64, of: u64| {
        let i = prevalence(total / 2, total, &classifier((0.9, of), (0.7, of))).interval;
        i.high - i.low
    };
    assert!(width(400, 50) > width(400, 500) && width(400, 500) > width(400, 50_000));
    assert!(width(50, 500) > width(400, 500));
}

#[test]
fn fewer_calls_than_its_error_explains_are_told() {
    let performance = classifier((0.9, 400), (0.6, 400));
    assert!(prevalence(40, 400, &performance).below_its_error);
    assert!(!prevalence(150, 400, &performance).below_its_error);
    assert!(prevalence(0, 100, &performance).below_its_error);
    assert!(!prevalence(0, 100, &classifier((0.9, 400), (0.99, 400))).below_its_error);
}

/// Share of slides whose interval holds the truth when sensitivity and specificity are themselves estimated
/// from so many cells.
fn coverage(n: u64, share: f64, sensitivity: (f64, u64), specificity: (f64, u64), slides: u32) -> f64 {
    let mut random = SplitMix64::keyed(&[n, (share * 1000.0) as u64, sensitivity.1, specificity.1]);
    let mut count =
        |probability: f64, of: u64| (0..of).filter(|_| f64::from(random.unit()) < probability).count() as u64;
    let called = share * sensitivity.0 + (1.0 - share) * (1.0 - specificity.0);
    let mut held = 0;
    for _ in 0..slides {
        let hits = count(called, n);
        let estimated = [sensitivity, specificity].map(|(p, of)| (count(p, of) as f64 / of as f64, of));
        let performance = classifier(estimated[0], estimated[1]);
        held += u32::from(ScoreTest::new(hits, n, &performance).accepts(share, Z95));
    }
    f64::from(held) / f64::from(slides)
}

#[test]
fn corrected_intervals_hold_93_to_97_percent_of_the_time() {
    // 0.5 % is the standard error of 2000 slides: a single one may stray by two of them, the mean may not.
    for (sensitivity, specificity) in [((0.9, 150), (0.6, 60)), ((0.85, 60), (0.8, 40))] {
        for n in [50, 100, 200, 400] {
            let shares = [0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.9];
            let held = shares.map(|share| coverage(n, share, sensitivity, specificity, 2000));
            for (share, held) in shares.iter().zip(held) {
                assert!((0.92..=0.98).contains(&held), "n {n}, share {share}: {held}");
            }
            let mean = held.iter().sum::<f64>() / held.len() as f64;
            assert!((0.93..=0.97).contains(&mean), "n {n}: {mean}");
        }
    }
}
