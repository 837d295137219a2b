use super::super::saliency::Method;
use super::super::tests::{assert_well_formed, drawn_predictions, four_labels, report};
use super::super::worst::{CellPicture, WorstCell};
use super::*;
use crate::data::SplitUnit;
use crate::evaluate::{Prediction, Protocol};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;

fn page(report: Report, worst: &Worst) -> String {
    let evaluated = Evaluated {
        folder: "unused".into(),
        report,
        folds: None,
        parts: Vec::new(),
    };
    let page = draw_page(&evaluated, worst, "2026-11-20");
    assert_is_a_page(&page);
    page
}

/// Well formed, whole in itself, named for those who do not see it.
fn assert_is_a_page(page: &str) {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    assert_well_formed(&format!("{before}{after}"));
    for loads in [
        "http://", "https://", "<script", "<link", "@import", "src=", "url(http",
    ] {
        assert!(!page.contains(loads), "{loads}");
    }
    for part in page.split("href=\"").skip(1) {
        assert!(
            part.starts_with('#') || part.starts_with("data:image/png;base64,"),
            "{}",
            &part[..40]
        );
    }
    assert_eq!(
        page.matches(DISCLAIMER).count(),
        2,
        "at the top and at the bottom"
    );
    assert_eq!(
        page.matches("role=\"img\"").count(),
        page.matches("<title id=").count()
    );
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
    for bad in ["NaN", "inf,", "-0.000 "] {
        assert!(!page.contains(bad), "{bad}");
    }
    // No two things of one name.
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|p| p.split('"').next())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

fn wrong(predictions: &[Prediction], picture: impl Fn() -> Option<CellPicture>) -> Worst {
    let wrong: Vec<&Prediction> = predictions.iter().filter(|p| p.decision != p.label).collect();
    let cell = |p: &&Prediction| WorstCell {
        prediction: (*p).clone(),
        picture: picture(),
    };
    Worst {
        wrong: wrong.len(),
        cells: wrong.iter().take(24).map(cell).collect(),
    }
}

fn none() -> Worst {
    Worst {
        wrong: 0,
        cells: Vec::new(),
    }
}

#[test]
fn a_page_holds_every_figure_and_table_and_loads_nothing() {
    let drawn = || {
        Some(CellPicture {
            side: 4,
            cell: vec![1, 2, 3],
            shaded: vec![4, 5, 6],
            map: (0..16).map(|i| i as f32 / 15.0).collect(),
            method: Method::GradCam,
        })
    };
    let mut report = report();
    report.title = "a <b> & \"c\"".into();
    report.subjects[0].decision = "hem".into();
    let page = page(report, &wrong(&drawn_predictions(), drawn));
    for part in [
        "a &lt;b&gt; &amp; &quot;c&quot;",
        "ROC curve of “all”",
        "95 % of resamples of subjects",
        "all at 99 %",
        "average precision",
        "Confusion matrix",
        "15 bins of equal width",
        "Reliability diagram",
        "after Wilson",
        "cells called all",
        "✗ ",
        "data:image/png;base64,AQID",
        "Grad-CAM",
        "2026-11-20",
        "cell area alone",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.len() < 3 << 20);
}

#[test]
fn without_data_the_wrong_cells_are_listed_and_the_page_says_why_they_are_not_shown() {
    let page = page(report(), &wrong(&drawn_predictions(), || None));
    assert!(page.contains("Not available: pictures of cells") && page.contains("--data"));
    assert!(page.contains("cell, &quot;0&quot;-") && !page.contains("data:image"));
}

#[test]
fn four_labels_without_subjects_have_a_curve_each_and_no_bars() {
    let (labels, predictions) = four_labels();
    let protocol = Protocol {
        split: SplitUnit::Image,
        without_subjects: true,
        ..Protocol::default()
    };
    let calibration = Calibration::identity();
    let report = Report::new("four".into(), &labels, &calibration, &predictions, None, protocol);
    let page = page(report, &wrong(&predictions, || None));
    for part in [
        "ROC curve of “benign”",
        "ROC curve of “pro”",
        "Each label against the rest",
        "WARNING:",
        "Not available: the data name no subjects",
        "pro at 95 %",
        "95 % of resamples of pictures",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("cell area alone"));
}

#[test]
fn what_one_class_alone_cannot_say_is_said_to_be_missing() {
    let labels = LabelSet::lymphoblast();
    let calibration = Calibration::identity();
    let of = |predictions: &[Prediction]| {
        let protocol = Protocol::default();
        let report = Report::new(
            "one".into(),
            &labels,
            &calibration,
            predictions,
            Some(1.0),
            protocol,
        );
        page(report, &none())
    };
    let only: Vec<Prediction> = drawn_predictions().into_iter().filter(|p| p.label == 0).collect();
    let one = of(&only);
    assert!(
        one.matches("Not available: no test cell is hem").count() >= 3,
        "{one}"
    );
    assert!(one.contains("subject-bars") && one.contains("Reliability diagram"));
    assert!(of(&[]).contains("Not available: there are no test cells"));
}
