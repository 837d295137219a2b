use super::*;
use crate::train::{CalibrationSettings, ThresholdRule};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;
use blastscope_shared::metrics::auc;
use blastscope_shared::random::SplitMix64;

/// Cells of ten subjects: a score that tells the classes apart but not wholly, an area that does less.
pub(super) fn drawn_predictions() -> Vec<Prediction> {
    let mut random = SplitMix64::new(11);
    let mut predictions = Vec::new();
    for subject in 0..10usize {
        let label = usize::from(subject >= 6);
        for cell in 0..20 + subject * 3 {
            let sign = if label == 0 { 1.0 } else { -1.0 };
            let logit = sign + 1.2 * random.normal();
            let probability = 1.0 / (1.0 + (-logit).exp());
            let area = (20_000.0 + 2_000.0 * (sign + 2.0 * random.normal())) as u64;
            let decision = usize::from(probability < 0.5);
            predictions.push(Prediction {
                file: format!("cell, \"{subject}\"-{cell}.png"),
                group: format!("S{subject}"),
                label,
                area: Some(area),
                logits: vec![logit, 0.0],
                probability,
                confidence: probability.max(1.0 - probability),
                decision,
                class: (!(0.4..0.6).contains(&probability)).then_some(decision),
                by_area: Some(usize::from(area < 20_000)),
                probabilities: Vec::new(),
            });
        }
    }
    predictions
}

pub(super) fn report() -> Report {
    let calibration = Calibration::identity();
    Report::new(
        "drawn".into(),
        &LabelSet::lymphoblast(),
        &calibration,
        &drawn_predictions(),
        Some(1.0),
        Protocol::default(),
    )
}

#[test]
fn figures_agree_with_counts_made_by_hand() {
    let predictions = drawn_predictions();
    let report = report();
    let count = |label: usize, decision: usize| {
        let of = predictions
            .iter()
            .filter(|p| p.label == label && p.decision == decision);
        of.count() as f64
    };
    let (tp, miss, fp, tn) = (count(0, 0), count(0, 1), count(1, 0), count(1, 1));
    let n = tp + miss + fp + tn;
    let f1 = 2.0 * tp / (2.0 * tp + miss + fp);
    let other = 2.0 * tn / (2.0 * tn + miss + fp);
    let chance = ((tp + miss) * (tp + fp) + (fp + tn) * (miss + tn)) / (n * n);
    let close = |figure, expected: f64| {
        let got = report.network.get(figure).unwrap();
        assert!((got - expected).abs() < 1e-12, "{figure:?} {got} {expected}");
    };
    close(Figure::Accuracy, (tp + tn) / n);
    close(Figure::Sensitivity, tp / (tp + miss));
    close(Figure::Specificity, tn / (tn + fp));
    close(Figure::Precision, tp / (tp + fp));
    close(Figure::F1, f1);
    close(Figure::WeightedF1, (f1 * (tp + miss) + other * (fp + tn)) / n);
    close(
        Figure::BalancedAccuracy,
        (tp / (tp + miss) + tn / (tn + fp)) / 2.0,
    );
    close(Figure::Kappa, ((tp + tn) / n - chance) / (1.0 - chance));
    let scores: Vec<(f64, bool)> = predictions
        .iter()
        .map(|p| (p.area.unwrap() as f64, p.label == 0))
        .collect();
    assert_eq!(report.area.as_ref().unwrap().get(Figure::Auc), auc(&scores));
    assert!(
        report.area.as_ref().unwrap().get(Figure::Ece).is_none(),
        "an area is no probability"
    );
    assert_eq!(report.network.cells as usize, predictions.len());
    assert!(report.network.get(Figure::Auc) > report.area.as_ref().unwrap().get(Figure::Auc));
}

#[test]
fn intervals_hold_their_figure_and_widen_with_subjects() {
    let report = report();
    for (figure, interval) in &report.network.intervals {
        let value = report.network.values[figure];
        assert!(
            interval.low <= value && value <= interval.high,
            "{figure:?} {value} {interval:?}"
        );
        assert!(interval.low < interval.high);
    }
    assert_eq!(report.network.intervals.len(), Figure::OF_TWO.len());
    let [d] = &report.discrimination[..] else {
        panic!("one of two labels is the positive one")
    };
    assert_eq!((d.label.as_str(), d.points.len()), ("all", 3));
    // The same curve as that of the report.
    for p in &d.points {
        let best = report
            .roc
            .iter()
            .filter(|r| 1.0 - r.false_positive_rate >= p.specificity - 1e-9);
        let best = best.map(|r| r.true_positive_rate).fold(0.0, f64::max);
        assert_eq!(p.sensitivity, best);
    }
}

#[test]
fn every_subject_has_its_share() {
    let (report, predictions) = (report(), drawn_predictions());
    assert_eq!(report.subjects.len(), 10);
    for s in &report.subjects {
        let own: Vec<_> = predictions.iter().filter(|p| p.group == s.group).collect();
        let right = own.iter().filter(|p| p.decision == p.label).count() as f64 / own.len() as f64;
        assert!((s.right - right).abs() < 1e-12);
        assert_eq!(s.cells as usize, own.len());
        assert_eq!(s.label, if own[0].label == 0 { "all" } else { "hem" });
        let called = own.iter().filter(|p| p.decision == 0).count() as f64 / own.len() as f64;
        assert!((s.called - called).abs() < 1e-12);
        assert_eq!(s.decision, if called >= 0.5 { "all" } else { "hem" });
    }
    let accuracy = report.subject_accuracy.unwrap();
    let right = report.subjects.iter().filter(|s| s.decision == s.label).count() as u64;
    assert_eq!((accuracy.right, accuracy.subjects), (right, 10));
    assert_eq!(accuracy.interval, blastscope_shared::metrics::wilson(right, 10));
    let unidentified = predictions.iter().filter(|p| p.class.is_none()).count() as f64;
    assert!((report.unidentified.share - unidentified / predictions.len() as f64).abs() < 1e-12);
    assert!(report.unidentified.weighted_f1_of_identified > report.network.get(Figure::WeightedF1));
}

#[test]
fn one_class_alone_gives_no_figures_and_no_panic() {
    let only: Vec<Prediction> = drawn_predictions().into_iter().filter(|p| p.label == 0).collect();
    let calibration = Calibration::identity();
    let report = Report::new(
        "one".into(),
        &LabelSet::lymphoblast(),
        &calibration,
        &only,
        Some(1.0),
        Protocol::default(),
    );
    assert!(report.network.values.is_empty() && report.roc.is_empty() && report.discrimination.is_empty());
    assert_eq!(report.subjects.len(), 6);
    assert!(draw_report(&report).contains("</svg>"));
    let none = Report::new(
        "none".into(),
        &LabelSet::lymphoblast(),
        &calibration,
        &[],
        Some(1.0),
        Protocol::default(),
    );
    assert_eq!(none.network.cells, 0);
    assert!(!draw_report(&none).contains("NaN"));
}

#[test]
fn predictions_and_reports_come_back_from_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (labels, predictions) = (LabelSet::lymphoblast(), drawn_predictions());
    let path = dir.path().join("predictions.csv");
    write_predictions(&path, &labels, &predictions).unwrap();
    assert_eq!(read_predictions(&path, &labels).unwrap(), predictions);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen(",hem,", ",aml,", 1)).unwrap();
    let message = read_predictions(&path, &labels).unwrap_err().to_string();
    assert!(
        message.contains("predictions.csv: line") && message.contains("evaluate"),
        "{message}"
    );

    let path = dir.path().join("report.json");
    write_json(&path, &report()).unwrap();
    assert!(Report::read(&path).unwrap() == report());
    let json = std::fs::read_to_string(&path).unwrap();
    assert!(json.contains(blastscope_shared::DISCLAIMER) && json.contains("weighted_f1"));
}

/// A reader of tags: every one that opens is closed, in order.
pub(super) fn assert_well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        assert!(!text.contains('>') && !text.contains("& "), "{text}");
        let name = tag.split_whitespace().next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && name != "!DOCTYPE" && name != "meta" {
            open.push(name);
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_picture_is_well_formed_names_everything_and_carries_the_disclaimer() {
    let mut report = report();
    report.title = "a <b> & \"c\"".into();
    let svg = draw_report(&report);
    assert_well_formed(&svg);
    for word in [
        blastscope_shared::DISCLAIMER,
        "a &lt;b&gt; &amp; &quot;c&quot;",
        "ROC",
        "Confusion",
        "Reliability",
        "S9 (47)",
        "url(#hatch)",
        "stroke-dasharray",
        "cell area alone",
    ] {
        assert!(svg.contains(word), "{word}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn the_best_threshold_is_the_best_of_all() {
    let mut random = SplitMix64::new(2);
    let scores: Vec<(f64, bool)> = (0..200)
        .map(|_| {
            let positive = random.unit() < 0.6;
            let score = f64::from((random.unit() * 20.0).floor()) + if positive { 4.0 } else { 0.0 };
            (score, positive)
        })
        .collect();
    let value = |threshold: f64| {
        let pairs = scores
            .iter()
            .map(|s| (usize::from(!s.1), usize::from(s.0 < threshold)));
        blastscope_shared::metrics::ConfusionMatrix::from_pairs(2, pairs).weighted_f1()
    };
    let found = best_threshold(&scores).unwrap();
    let best = (0..300).map(|t| value(f64::from(t) / 10.0)).fold(0.0, f64::max);
    assert!((value(found) - best).abs() < 1e-12, "{found}");
    assert_eq!(best_threshold(&[]), None);
}

#[test]
fn the_area_baseline_finds_the_side_on_which_the_first_label_lies() {
    for large_is_first in [true, false] {
        let cells: Vec<(u64, usize)> = (0..100)
            .map(|i| (1000 + i, usize::from((i >= 60) != large_is_first)))
            .collect();
        let baseline = AreaBaseline::fit(&cells);
        assert_eq!(baseline.large_is_first, large_is_first);
        assert!(
            (baseline.threshold - 1059.5).abs() < 1e-9,
            "{}",
            baseline.threshold
        );
        for (area, label) in cells {
            assert_eq!(baseline.decide(area), label);
        }
    }
}

#[test]
fn calibration_is_fitted_as_the_recipe_says() {
    let predictions = drawn_predictions();
    let logits: Vec<Vec<f32>> = predictions.iter().map(|p| vec![p.logits[0] * 3.0, 0.0]).collect();
    let labels: Vec<usize> = predictions.iter().map(|p| p.label).collect();
    let settings = |threshold| CalibrationSettings {
        threshold,
        abstain_share: 0.1,
    };
    let half = fit_calibration(&logits, &labels, &settings(ThresholdRule::Half)).unwrap();
    assert_eq!(half.threshold, 0.5);
    assert!(
        half.temperature > 1.5,
        "logits three times too sure: {}",
        half.temperature
    );
    assert!(half.abstain[0] < 0.5 && half.abstain[1] > 0.5);
    let fitted = fit_calibration(&logits, &labels, &settings(ThresholdRule::WeightedF1)).unwrap();
    let value = |c: &Calibration| {
        let pairs = logits
            .iter()
            .zip(&labels)
            .map(|(l, t)| (*t, c.judge(l).unwrap().decision));
        blastscope_shared::metrics::ConfusionMatrix::from_pairs(2, pairs).weighted_f1()
    };
    assert!(value(&fitted) >= value(&half));
    assert!(fit_calibration(&[], &[], &settings(ThresholdRule::Half)).is_err());
    let broken = fit_calibration(&[vec![f32::NAN, 0.0]], &[0], &settings(ThresholdRule::Half));
    assert!(broken.unwrap_err().to_string().contains("not finite"));
}

#[test]
fn spread_is_that_of_a_sample() {
    let s = Spread::of(&[0.7, 0.8, 0.9]).unwrap();
    assert!((s.mean - 0.8).abs() < 1e-12 && (s.sd - 0.1).abs() < 1e-12);
    assert_eq!((s.low, s.high), (0.7, 0.9));
    assert_eq!(Spread::of(&[0.5]).unwrap().sd, 0.0);
    assert_eq!(Spread::of(&[]), None);
}

/// Pictures of four labels without subjects: the right label is likely, its neighbour next.
pub(super) fn four_labels() -> (LabelSet, Vec<Prediction>) {
    let names = ["benign", "early", "pre", "pro"];
    let labels = LabelSet::new(names.map(str::to_owned).into()).unwrap();
    let mut random = SplitMix64::new(4);
    let calibration = Calibration {
        abstain: [0.0, 0.5],
        ..Calibration::identity()
    };
    let predictions = (0..240).map(|i| {
        let label = if i < 40 { 0 } else { 1 + i % 3 };
        let logits: Vec<f32> = (0..4)
            .map(|l| 1.5 * random.normal() + if l == label { 2.0 } else { 0.0 })
            .collect();
        let verdict = calibration.judge(&logits).unwrap();
        Prediction {
            file: format!("{i}.jpg"),
            group: format!("{i}.jpg"),
            label,
            area: None,
            logits,
            probability: verdict.probabilities[0],
            confidence: verdict.probabilities[verdict.decision],
            decision: verdict.decision,
            class: verdict.class,
            by_area: None,
            probabilities: verdict.probabilities,
        }
    });
    (labels, predictions.collect())
}

#[test]
fn four_labels_have_their_own_figures_and_no_area() {
    let (labels, predictions) = four_labels();
    let protocol = Protocol {
        split: crate::data::SplitUnit::Image,
        without_subjects: true,
        ..Protocol::default()
    };
    let report = Report::new(
        "four".into(),
        &labels,
        &Calibration::identity(),
        &predictions,
        None,
        protocol,
    );
    let keys: Vec<Figure> = report.network.values.keys().copied().collect();
    let mut expected = Figure::OF_MORE.to_vec();
    expected.sort();
    assert_eq!(keys, expected);
    assert_eq!(report.network.intervals.len(), Figure::OF_MORE.len());
    let mean_auc = (0..4)
        .map(|l| {
            let scores: Vec<(f64, bool)> = predictions
                .iter()
                .map(|p| (f64::from(p.probabilities[l]), p.label == l))
                .collect();
            auc(&scores).unwrap() / 4.0
        })
        .sum::<f64>();
    assert!((report.network.get(Figure::MacroAuc).unwrap() - mean_auc).abs() < 1e-12);
    assert_eq!(report.network.by_label.len(), 4);
    for (l, figures) in report.network.by_label.iter().enumerate() {
        let own: Vec<_> = predictions.iter().filter(|p| p.label == l).collect();
        let hits = own.iter().filter(|p| p.decision == l).count() as f64;
        assert!((figures.sensitivity - hits / own.len() as f64).abs() < 1e-12);
        assert_eq!(figures.cells as usize, own.len());
    }
    assert!(report.area.is_none() && report.area_roc.is_empty() && report.subjects.is_empty());
    assert_eq!(report.mean_subject_accuracy, None);
    assert_eq!((report.subject_accuracy, report.discrimination.len()), (None, 4));
    assert_eq!(report.network.confusion.counts().len(), 4);
    let svg = draw_report(&report);
    assert_well_formed(&svg);
    for word in [
        OPTIMISTIC,
        "intervals over pictures",
        "early against the rest",
        "one vs rest",
    ] {
        assert!(svg.contains(word), "{word}");
    }
    assert!(!svg.contains("cell area") && !svg.contains("NaN"));
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.contains("macro_auc") && !json.contains("\"auc\""), "{json}");
    assert!(serde_json::from_str::<Report>(&json).unwrap().protocol == protocol);

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("predictions.csv");
    write_predictions(&path, &labels, &predictions).unwrap();
    assert_eq!(read_predictions(&path, &labels).unwrap(), predictions);
}

#[test]
fn reports_by_subject_are_written_as_they_were() {
    let json = serde_json::to_value(report()).unwrap();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(
        !keys.contains(&"protocol") && !keys.contains(&"label_roc"),
        "{keys:?}"
    );
    assert!(json["area"]["values"]["auc"].is_f64() && json["mean_subject_accuracy"].is_f64());
    assert!(json["network"].get("by_label").is_none());
}

#[test]
fn the_band_of_four_labels_leaves_out_no_more_than_its_share() {
    let (_, predictions) = four_labels();
    let logits: Vec<Vec<f32>> = predictions.iter().map(|p| p.logits.clone()).collect();
    let labels: Vec<usize> = predictions.iter().map(|p| p.label).collect();
    let settings = |threshold, abstain_share| CalibrationSettings {
        threshold,
        abstain_share,
    };
    let fitted = fit_calibration(&logits, &labels, &settings(ThresholdRule::Half, 0.1)).unwrap();
    let out = logits
        .iter()
        .filter(|l| fitted.judge(l).unwrap().class.is_none())
        .count();
    assert!((12..=24).contains(&out), "{out} of 240");
    let none = fit_calibration(&logits, &labels, &settings(ThresholdRule::Half, 0.0)).unwrap();
    assert!(logits.iter().all(|l| none.judge(l).unwrap().class.is_some()));
    let error = fit_calibration(&logits, &labels, &settings(ThresholdRule::WeightedF1, 0.1)).unwrap_err();
    assert!(error.to_string().contains("\"half\""), "{error}");
}
