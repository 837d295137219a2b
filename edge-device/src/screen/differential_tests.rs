use super::*;
use crate::screen::Tally;
use blastscope_shared::class::{LabelSet, Role};
use blastscope_shared::metrics::{SubjectCalls, wilson};

const LABELS: [(&str, Role); 6] = [
    ("lymphocyte", Role::WhiteCell),
    ("blast", Role::Blast),
    ("neutrophil", Role::WhiteCell),
    ("eosinophil", Role::WhiteCell),
    ("erythroblast", Role::Beside),
    ("not_a_cell", Role::NoCell),
];
const UNIDENTIFIED: usize = LABELS.len();

/// A classifier that calls so many of 100 lymphocytes blasts, as many blasts lymphocytes, and errs in nothing else: on ten
/// subjects of two sources.
fn facts(confused: u64) -> ClassifierFacts {
    let labels = LabelSet::new(LABELS.map(|(name, _)| name.to_owned()).to_vec()).unwrap();
    let roles = LABELS.map(|(name, role)| (name.to_owned(), role)).into();
    let rows = (0..10).flat_map(|subject| {
        (0..LABELS.len()).map(move |label| {
            let mut called = vec![0; LABELS.len() + 1];
            called[label] = 100;
            if label < 2 {
                called[label] -= confused;
                called[1 - label] += confused;
            }
            SubjectCalls {
                source: format!("laboratory {}", subject % 2),
                subject: format!("subject {subject}"),
                label,
                called,
            }
        })
    });
    ClassifierFacts {
        roles: Roles::new(&labels, &roles).unwrap(),
        errors: Some(MeasuredErrors::new(rows.collect(), LABELS.len()).unwrap()),
        labels,
        performance: None,
    }
}

/// A slide of cells that were called each label, and of unidentified ones.
fn slide(facts: ClassifierFacts, called: [u64; LABELS.len() + 1]) -> Tally {
    let mut tally = Tally::new(facts, ScreenSettings::default());
    for (label, cells) in called.into_iter().enumerate() {
        tally.add_cells(Some(label).filter(|l| *l != UNIDENTIFIED), cells);
    }
    tally
}

#[test]
fn shares_are_of_white_cells_and_other_cells_stand_beside_or_apart() {
    let summary = slide(facts(2), [80, 10, 100, 10, 30, 400, 25]).summary();
    let said: Vec<_> = summary
        .differential
        .iter()
        .map(|s| (s.label.as_str(), s.cells, s.percent.unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            ("lymphocyte", 80, 40.0),
            ("blast", 10, 5.0),
            ("neutrophil", 100, 50.0),
            ("eosinophil", 10, 5.0)
        ]
    );
    assert_eq!((summary.blast_percent, summary.cells), (Some(5.0), 655));
    for share in &summary.differential {
        let [low, high] = share.corrected_interval.unwrap();
        let corrected = share.corrected_percent.unwrap();
        assert!(
            low <= corrected && corrected <= high && high - low < 40.0,
            "{share:?}"
        );
    }
    let blast = &summary.differential[1];
    assert_eq!(blast.interval, summary.interval);
    assert_eq!(blast.corrected_percent, summary.corrected_percent);
    assert_eq!(blast.corrected_interval, summary.corrected_interval);
    let [beside] = &summary.beside[..] else {
        panic!("{:?}", summary.beside)
    };
    assert_eq!((beside.label.as_str(), beside.cells), ("erythroblast", 30));
    assert_eq!(beside.per_hundred, Some(15.0));
    let [low, high] = beside.interval.unwrap();
    assert!(low < 15.0 && 15.0 < high, "{beside:?}");
}

#[test]
fn only_white_cells_count_towards_the_cells_that_are_needed() {
    let finding = slide(facts(2), [50, 5, 40, 4, 500, 500, 0]).summary().finding;
    let (identified, needed) = (99, 100);
    assert_eq!(finding, Finding::NotEnoughCells { identified, needed });
    let none = slide(facts(2), [0, 0, 0, 0, 3, 3, 3]).summary();
    assert_eq!((none.blast_percent, none.beside[0].per_hundred), (None, None));
    assert_eq!(
        none.corrected_interval,
        Some([0.0, 100.0]),
        "the errors are known"
    );
}

#[test]
fn blasts_are_likely_only_when_the_whole_corrected_interval_says_so() {
    let finding = |confused, called| slide(facts(confused), called).summary().finding;
    // A tenth of the lymphocytes is called blasts: 20 of 200 are no news, by a better classifier they are.
    let called = [180, 20, 200, 20, 0, 0, 0];
    assert!(
        matches!(finding(10, called), Finding::WithinError { .. }),
        "{:?}",
        finding(10, called)
    );
    let many = [80, 150, 150, 20, 0, 0, 0];
    let Finding::BlastsLikely { lower_percent } = finding(10, many) else {
        panic!("{:?}", finding(10, many))
    };
    let summary = slide(facts(10), many).summary();
    let [low, _] = summary.corrected_interval.unwrap();
    assert!((lower_percent - low).abs() < 0.01 && low > 5.0, "{summary:?}");
    assert_eq!(
        summary.explanation,
        Explanation::AboveLimit { limit_percent: 5.0 }
    );
}

#[test]
fn errors_that_explain_all_that_was_called_are_named_with_their_rate() {
    let summary = slide(facts(10), [180, 20, 200, 20, 0, 0, 0]).summary();
    let Explanation::ExplainedByError { false_alarm_percent } = summary.explanation else {
        panic!("{:?}", summary.explanation)
    };
    // Ten of the 300 lymphocytes, neutrophils and eosinophils of each subject.
    assert!(
        (false_alarm_percent - 10.0 / 3.0).abs() < 1e-9,
        "{false_alarm_percent}"
    );
}

#[test]
fn a_slide_without_blasts_states_no_less_than_its_cells_leave_open() {
    let Finding::NoBlastsSeen {
        identified,
        upper_percent,
    } = slide(facts(1), [200, 0, 180, 20, 0, 0, 0]).summary().finding
    else {
        panic!("blasts?")
    };
    assert_eq!(identified, 400);
    assert!(
        upper_percent >= wilson(0, 400).high * 100.0 && upper_percent < 5.0,
        "{upper_percent}"
    );
}

#[test]
fn a_leukaemic_slide_is_settled_by_label_and_a_healthy_one_never() {
    let settled = |called| slide(facts(2), called).is_settled(500);
    assert!(settled([20, 300, 60, 20, 0, 0, 0]));
    assert!(!settled([200, 0, 180, 20, 0, 0, 0]), "a blast may come");
    assert!(!settled([10, 60, 20, 5, 0, 0, 0]), "not yet spoken of");
}
