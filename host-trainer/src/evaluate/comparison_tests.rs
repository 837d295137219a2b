use super::comparison::Side;
use super::tests::{drawn_predictions, four_labels, report};
use super::*;
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;
use std::path::Path;

fn compare(a: (&LabelSet, &[Prediction]), b: (&LabelSet, &[Prediction])) -> Result<Comparison, crate::Error> {
    let plain = Calibration::identity();
    let report = |(labels, predictions): (&LabelSet, &[Prediction])| {
        Report::new(
            "drawn".into(),
            labels,
            &plain,
            predictions,
            None,
            Protocol::default(),
        )
    };
    let reports = [report(a), report(b)];
    Comparison::of_sides(&[
        Side {
            folder: Path::new("runs/a"),
            report: &reports[0],
            predictions: a.1.iter().collect(),
        },
        Side {
            folder: Path::new("runs/b"),
            report: &reports[1],
            predictions: b.1.iter().collect(),
        },
    ])
}

#[test]
fn two_classifiers_are_compared_cell_by_cell_and_subject_by_subject() {
    let first = drawn_predictions();
    let mut second = first.clone();
    // Worse by thirty cells of two subjects.
    let right: Vec<usize> = (0..second.len())
        .filter(|i| second[*i].decision == second[*i].label)
        .collect();
    for i in right.iter().take(30) {
        second[*i].decision = 1 - second[*i].decision;
    }
    second.reverse();
    let labels = LabelSet::lymphoblast();
    let c = compare((&labels, &first), (&labels, &second)).unwrap();
    assert_eq!((c.mcnemar.only_first, c.mcnemar.only_second), (30, 0));
    assert_eq!(c.mcnemar.both as usize, right.len() - 30);
    assert!(c.mcnemar.p < 1e-6 && c.mcnemar.chi_square == Some(29.0f64.powi(2) / 30.0));
    assert_eq!((c.cells as usize, c.groups), (first.len(), 10));
    let expected = report().network.get(Figure::WeightedF1).unwrap();
    let [f1, other] = c.weighted_f1.unwrap();
    assert!((f1 - expected).abs() < 1e-12 && (c.difference.unwrap() - (f1 - other)).abs() < 1e-12);
    // Two subjects of ten carry all of it: resampled, they are often left out.
    let i = c.difference_interval.unwrap();
    assert!(i.low < 0.02 && i.high > c.difference.unwrap(), "{i:?}");
    let said = c.lines().join("\n");
    for part in [
        "chi-square with continuity",
        "not independent",
        "95 % interval over subjects",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let same = compare((&labels, &first), (&labels, &first)).unwrap();
    assert_eq!((same.difference, same.mcnemar.p), (Some(0.0), 1.0));
}

#[test]
fn other_cells_or_labels_are_not_compared() {
    let (labels, ours) = (LabelSet::lymphoblast(), drawn_predictions());
    let refused = |other: &LabelSet, predictions: &[Prediction]| {
        compare((&labels, &ours), (other, predictions))
            .unwrap_err()
            .to_string()
    };
    let mut fewer = drawn_predictions();
    let gone = fewer.pop().unwrap().file;
    let said = refused(&labels, &fewer);
    assert!(
        said.contains("1 only of the first, 0 only of the second") && said.contains(&gone),
        "{said}"
    );
    let mut moved = drawn_predictions();
    moved[3].group = "S9".into();
    assert!(refused(&labels, &moved).contains("another label or subject"));
    let (four, predictions) = four_labels();
    assert!(refused(&four, &predictions).contains("the labels differ"));
}
