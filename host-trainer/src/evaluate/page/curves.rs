use super::super::picture::svg::Stroke;
use super::html::{beside, figure, not_available, paragraph, percent, quoted, table, three};
use super::one_class;
use super::plot::Plot;
use crate::evaluate::{Discrimination, Figure, Report};
use blastscope_shared::metrics::{Interval, RocPoint};

/// The curve that belongs to a label.
fn curve_of<'a>(report: &'a Report, label: &str) -> &'a [RocPoint] {
    let place = report.labels.index_of(label).unwrap_or(0);
    report.label_roc.get(place).unwrap_or(&report.roc)
}

/// Trapezoids, as `blastscope_shared::metrics::auc` does.
fn area(curve: &[RocPoint]) -> f64 {
    let step = |w: &[RocPoint]| {
        let width = w[1].false_positive_rate - w[0].false_positive_rate;
        width * f64::midpoint(w[0].true_positive_rate, w[1].true_positive_rate)
    };
    curve.windows(2).map(step).sum()
}

fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "not available: too few subjects".into(),
        |i| format!("{:.3} to {:.3}", i.low, i.high),
    )
}

/// A ROC curve with its band for the first of two labels, or for each of more; sensitivity at high
/// specificity.
pub(super) fn roc(report: &Report) -> String {
    if report.discrimination.is_empty() {
        return not_available(&one_class(report));
    }
    let drawn = report.discrimination.iter().enumerate().map(|(i, d)| {
        let curve = curve_of(report, &d.label);
        let auc = match report.network.get(Figure::Auc) {
            Some(_) => report.network.show(Figure::Auc),
            None => three(area(curve)),
        };
        let caption = format!("ROC of {}; AUC {auc}.", quoted(&d.label));
        figure(&draw_roc(report, d, curve, &format!("roc-{i}"), &auc), &caption)
    });
    let mut parts: Vec<String> = drawn.collect();
    let over = report.protocol.resampled();
    let points = report.discrimination.iter().flat_map(|d| {
        d.points.iter().map(|p| {
            vec![
                format!("{} at {:.0} %", d.label, p.specificity * 100.0),
                three(p.sensitivity),
                interval(p.interval),
                percent(p.reached),
                p.threshold.map_or_else(|| "none".into(), three),
            ]
        })
    });
    let head = [
        "label and specificity",
        "sensitivity",
        "95 % interval",
        "specificity reached",
        "from probability",
    ];
    let caption = format!("Sensitivity at high specificity, intervals over {over}");
    parts.push(table(&caption, &head, &points.collect::<Vec<_>>()));
    beside(&parts)
        + &paragraph(
            "Thresholds of this table are read off the test cells themselves: they say what the scores can do. The rule \
             that decides was fitted on validation cells, and stands under Calibration.",
        )
}

fn draw_roc(report: &Report, d: &Discrimination, curve: &[RocPoint], id: &str, auc: &str) -> String {
    let over = report.protocol.resampled();
    let by_area = !report.area_roc.is_empty();
    let keys = 2 + usize::from(by_area);
    let mut plot = Plot::shares(("1 - specificity", "sensitivity"), keys);
    let edge = |of: fn(&crate::evaluate::BandPoint) -> f64| -> Vec<(f64, f64)> {
        d.band.iter().map(|b| (b.false_positive_rate, of(b))).collect()
    };
    plot.band(&edge(|b| b.low), &edge(|b| b.high));
    plot.line(&[(0.0, 0.0), (1.0, 1.0)], Stroke::Grid);
    let points = |curve: &[RocPoint]| -> Vec<(f64, f64)> {
        curve
            .iter()
            .map(|p| (p.false_positive_rate, p.true_positive_rate))
            .collect()
    };
    if by_area {
        plot.line(&points(&report.area_roc), Stroke::Area);
    }
    plot.line(&points(curve), Stroke::Network);
    plot.key(Stroke::Network, &format!("network, AUC {auc}"));
    plot.key_of_band(&format!("95 % of resamples of {over}"));
    if by_area {
        plot.key(
            Stroke::Area,
            &format!("cell area alone, AUC {:.3}", area(&report.area_roc)),
        );
    }
    let text = format!(
        "Sensitivity against 1 - specificity of {}; the area under the curve is {auc}. The table beside it gives points of it.",
        quoted(&d.label)
    );
    plot.finish(id, &format!("ROC curve of {}", quoted(&d.label)), &text)
}

/// Precision against recall, with the share of the label as the line that guessing reaches.
pub(super) fn precision(report: &Report) -> String {
    if report.discrimination.is_empty() {
        return not_available(&one_class(report));
    }
    let drawn = report.discrimination.iter().enumerate().map(|(i, d)| {
        let svg = draw_precision(d, curve_of(report, &d.label), &format!("precision-{i}"));
        let caption = format!(
            "Precision and recall of {}; average precision {:.3} ({}).",
            quoted(&d.label),
            d.average_precision,
            interval(d.average_precision_interval)
        );
        figure(&svg, &caption)
    });
    let mut parts: Vec<String> = drawn.collect();
    let rows: Vec<Vec<String>> = report
        .discrimination
        .iter()
        .map(|d| {
            vec![
                d.label.clone(),
                d.positives.to_string(),
                three(share(d)),
                three(d.average_precision),
                interval(d.average_precision_interval),
            ]
        })
        .collect();
    let head = [
        "label",
        "cells",
        "share of all",
        "average precision",
        "95 % interval",
    ];
    parts.push(table("Average precision", &head, &rows));
    beside(&parts)
}

fn share(d: &Discrimination) -> f64 {
    d.positives as f64 / (d.positives + d.negatives).max(1) as f64
}

fn draw_precision(d: &Discrimination, curve: &[RocPoint], id: &str) -> String {
    let mut plot = Plot::shares(("recall", "precision"), 2);
    let points: Vec<(f64, f64)> = curve
        .iter()
        .skip(1)
        .map(|p| {
            let hits = p.true_positive_rate * d.positives as f64;
            let alarms = p.false_positive_rate * d.negatives as f64;
            (p.true_positive_rate, hits / (hits + alarms))
        })
        .collect();
    let base = share(d);
    plot.line(&[(0.0, base), (1.0, base)], Stroke::Area);
    plot.line(&points, Stroke::Network);
    plot.key(
        Stroke::Network,
        &format!("network, average precision {:.3}", d.average_precision),
    );
    plot.key(
        Stroke::Area,
        &format!("guessing: share of {}, {base:.3}", quoted(&d.label)),
    );
    let text = format!(
        "Precision against recall of {}; average precision {:.3}, where guessing has {base:.3}.",
        quoted(&d.label),
        d.average_precision
    );
    plot.finish(
        id,
        &format!("Precision and recall of {}", quoted(&d.label)),
        &text,
    )
}
