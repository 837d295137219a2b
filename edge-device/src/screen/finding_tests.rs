use super::*;
use crate::cli::sentences;
use blastscope_shared::metrics::Z95;

fn settings() -> ScreenSettings {
    ScreenSettings::default()
}

/// Shares that were measured on so many independent cells.
fn performance(sensitivity: f64, specificity: f64, cells: u64) -> Performance {
    let measured = |share: f64| MeasuredShare {
        share,
        standard_error: (share * (1.0 - share) / cells as f64).sqrt(),
        cells,
        subjects: 100,
    };
    Performance {
        sensitivity: measured(sensitivity),
        specificity: measured(specificity),
    }
}

fn judged(e: &Evidence, performance: Option<&Performance>, settings: &ScreenSettings) -> Judgement {
    Judgement::of_counts(e.blasts, e.identified, performance, settings, Z95).on_slide(e, settings)
}

fn finding(blasts: u64, identified: u64, performance: Option<Performance>) -> String {
    let evidence = Evidence {
        blasts,
        identified,
        fields: 20,
        ..Evidence::default()
    };
    sentences::finding(&judged(&evidence, performance.as_ref(), &settings()).finding)
}

#[test]
fn a_slide_with_few_cells_is_not_spoken_of() {
    assert_eq!(finding(0, 0, None), "not enough cells (0 of 100)");
    let known = Some(performance(0.9, 0.9, 500));
    assert_eq!(finding(99, 99, known), "not enough cells (99 of 100)");
    let evidence = Evidence {
        identified: 399,
        ..Evidence::default()
    };
    let strict = ScreenSettings {
        minimum_cells: 400,
        ..settings()
    };
    let finding = sentences::finding(&judged(&evidence, known.as_ref(), &strict).finding);
    assert_eq!(finding, "not enough cells (399 of 400)");
}

#[test]
fn nothing_stronger_than_review_rests_on_a_classifier_of_unknown_error() {
    // Wilson: 11 of 100 is 6.3 to 18.6 %, 9 of 100 is 4.8 to 16.2 %.
    assert_eq!(finding(11, 100, None), "review: blasts likely");
    assert_eq!(finding(9, 100, None), "review: undecided");
    assert_eq!(finding(1, 100_000, None), "review: undecided");
    assert_eq!(finding(0, 500, None), "review: undecided");
}

#[test]
fn blasts_are_likely_only_when_they_outdo_the_errors_of_the_classifier() {
    // 40 % of normal cells are called blasts: 45 of 100 are no news, 80 of 100 are.
    let poor = Some(performance(0.9, 0.6, 200));
    assert!(
        finding(45, 100, poor).starts_with("review: share of blasts not above the classifier's own error")
    );
    assert_eq!(finding(80, 100, poor), "review: blasts likely");
    let good = Some(performance(0.95, 0.99, 1000));
    assert_eq!(finding(20, 100, good), "review: blasts likely");
    assert_eq!(finding(8, 100, good), "review: undecided");
}

#[test]
fn a_slide_without_blasts_states_what_it_cannot_rule_out() {
    let good = performance(0.95, 0.995, 2000);
    let told = finding(0, 400, Some(good));
    assert!(
        told.starts_with("no blasts seen in 400 cells, upper bound "),
        "{told}"
    );
    let upper: f64 = told.split_whitespace().rev().nth(1).unwrap().parse().unwrap();
    // The rule of three, and a little more for missed blasts: 3 / 400 / 0.95.
    assert!((0.6..1.3).contains(&upper), "{told}");
    let worse = finding(0, 400, Some(performance(0.5, 0.995, 2000)));
    let worse: f64 = worse.split_whitespace().rev().nth(1).unwrap().parse().unwrap();
    assert!(worse > 1.7 * upper, "{worse} {upper}");
}

#[test]
fn too_few_calls_for_this_classifier_are_no_reassurance() {
    let poor = Some(performance(0.9, 0.6, 200));
    assert_eq!(finding(0, 100, poor), "review: undecided");
    assert_eq!(finding(10, 400, poor), "review: undecided");
    let chance = Some(performance(0.5, 0.5, 200));
    assert_eq!(finding(0, 400, chance), "review: undecided");
    assert_eq!(finding(400, 400, chance), "review: undecided");
}

#[test]
fn a_poor_slide_is_called_so_and_still_says_when_blasts_are_likely() {
    let judge = |e: Evidence| judged(&e, Some(&performance(0.95, 0.99, 1000)), &settings());
    let unusable = Evidence {
        blasts: 50,
        identified: 100,
        fields: 9,
        fields_unusable: 5,
        ..Evidence::default()
    };
    let judged = judge(unusable);
    assert_eq!(
        sentences::finding(&judged.finding),
        "poor slide (5 of 9 fields cannot be used)"
    );
    let why = sentences::explanation(&judged.explanation);
    assert!(why.contains("review: blasts likely"), "{why}");
    let usable = Evidence {
        fields_unusable: 4,
        ..unusable
    };
    assert!(matches!(judge(usable).finding, Finding::BlastsLikely { .. }));
    let lost = Evidence {
        identified: 50,
        unidentified: 70,
        rejected: 60,
        fields: 9,
        ..Evidence::default()
    };
    assert_eq!(
        sentences::finding(&judge(lost).finding),
        "poor slide (130 of 180 cells could not be classified)"
    );
    // The first fields of a slide are no judgement of it.
    let first = Evidence {
        fields: 2,
        fields_unusable: 2,
        ..Evidence::default()
    };
    assert_eq!(
        sentences::finding(&judge(first).finding),
        "not enough cells (0 of 100)"
    );
    let none = Evidence {
        fields: 3,
        fields_unusable: 3,
        ..Evidence::default()
    };
    assert_eq!(
        sentences::finding(&judge(none).finding),
        "poor slide (3 of 3 fields cannot be used)"
    );
}
