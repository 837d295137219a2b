//! A report as one picture: ROC, confusion, reliability, subjects.

mod axes;
mod subjects;
mod svg;

use super::{Figure, Report};
use axes::Axes;
use svg::{Anchor, Fill, Stroke, Svg};

const WIDTH: f64 = 1180.0;
/// Top of the three square panels, and their side.
const PANELS: (f64, f64) = (120.0, 280.0);

/// The picture of a report as SVG.
pub fn draw_report(report: &Report) -> String {
    let top = PANELS.0 + PANELS.1 + 90.0;
    let height = top + 330.0;
    let mut svg = Svg::new(WIDTH, height);
    let cells = report.network.cells;
    let groups = report.subjects.len();
    svg.text(30.0, 34.0, 20.0, Anchor::Start, &report.title);
    let first = report.labels.names().first().map_or("", String::as_str);
    let line = format!(
        "{cells} test cells of {groups} subject groups; {first} is the positive class; 95 % intervals over subjects"
    );
    svg.text(30.0, 56.0, 13.0, Anchor::Start, &line);
    let figures = [
        Figure::WeightedF1,
        Figure::BalancedAccuracy,
        Figure::Auc,
        Figure::Ece,
    ];
    for (y, name, set) in [
        (78.0, "network", &report.network),
        (96.0, "cell area alone", &report.area),
    ] {
        let words: Vec<String> = figures
            .iter()
            .map(|f| format!("{} {}", f.name(), set.show(*f)))
            .collect();
        svg.text(
            30.0,
            y,
            13.0,
            Anchor::Start,
            &format!("{name}: {}", words.join(", ")),
        );
    }
    draw_roc(&mut svg, report, 70.0);
    draw_confusion(&mut svg, report, 470.0);
    draw_reliability(&mut svg, report, 850.0);
    subjects::draw_subjects(&mut svg, report, 70.0, top, WIDTH - 110.0);
    svg.text(
        WIDTH / 2.0,
        height - 14.0,
        13.0,
        Anchor::Middle,
        &report.disclaimer,
    );
    svg.finish(&report.title)
}

fn draw_roc(svg: &mut Svg, report: &Report, left: f64) {
    let axes = Axes::square(left, PANELS.0 + 24.0, PANELS.1);
    axes.draw(svg, "ROC", "1 - specificity", "sensitivity");
    svg.line(&[axes.at(0.0, 0.0), axes.at(1.0, 1.0)], Stroke::Grid);
    for (curve, stroke) in [(&report.area_roc, Stroke::Area), (&report.roc, Stroke::Network)] {
        let points: Vec<(f64, f64)> = curve
            .iter()
            .map(|p| axes.at(p.false_positive_rate, p.true_positive_rate))
            .collect();
        svg.line(&points, stroke);
    }
    for (y, stroke, name, set) in [
        (0.16, Stroke::Network, "network", &report.network),
        (0.07, Stroke::Area, "cell area", &report.area),
    ] {
        svg.line(&[axes.at(0.40, y + 0.015), axes.at(0.50, y + 0.015)], stroke);
        let (x, y) = axes.at(0.52, y);
        let auc = set.get(Figure::Auc).map_or("-".into(), |v| format!("{v:.3}"));
        svg.text(x, y, 13.0, Anchor::Start, &format!("{name}, AUC {auc}"));
    }
}

fn draw_confusion(svg: &mut Svg, report: &Report, left: f64) {
    let counts = report.network.confusion.counts();
    let n = counts.len().max(1) as f64;
    let (top, side) = (PANELS.0 + 24.0, PANELS.1);
    let cell = side / n;
    svg.text(
        left + side / 2.0,
        top - 10.0,
        15.0,
        Anchor::Middle,
        "Confusion (cells)",
    );
    for (row, line) in counts.iter().enumerate() {
        let total: u64 = line.iter().sum();
        let name = report.labels.name(row).unwrap_or_default();
        let middle = (row as f64 + 0.5) * cell;
        svg.text(left - 8.0, top + middle + 5.0, 13.0, Anchor::End, name);
        svg.text(left + middle, top + side + 18.0, 13.0, Anchor::Middle, name);
        for (column, count) in line.iter().enumerate() {
            let share = *count as f64 / total.max(1) as f64;
            let (x, y) = (left + column as f64 * cell, top + row as f64 * cell);
            svg.rect(x, y, cell, cell, Fill::Shade(share));
            let (x, y) = (x + cell / 2.0, y + cell / 2.0);
            svg.text(x, y, 20.0, Anchor::Middle, &count.to_string());
            let percent = format!("{:.1} %", share * 100.0);
            svg.text(x, y + 20.0, 13.0, Anchor::Middle, &percent);
        }
    }
    svg.text(
        left + side / 2.0,
        top + side + 40.0,
        13.0,
        Anchor::Middle,
        "decided",
    );
    svg.upright_text(left - 44.0, top + side / 2.0, 13.0, Anchor::Middle, "true");
}

fn draw_reliability(svg: &mut Svg, report: &Report, left: f64) {
    let axes = Axes::square(left, PANELS.0 + 24.0, PANELS.1);
    axes.draw(
        svg,
        "Reliability",
        "confidence in the decision",
        "share decided right",
    );
    svg.line(&[axes.at(0.0, 0.0), axes.at(1.0, 1.0)], Stroke::Grid);
    let points: Vec<(f64, f64)> = report
        .reliability
        .iter()
        .map(|b| axes.at(b.confidence, b.accuracy))
        .collect();
    svg.line(&points, Stroke::Network);
    let most = report
        .reliability
        .iter()
        .map(|b| b.cells)
        .max()
        .unwrap_or(1)
        .max(1);
    for (bin, (x, y)) in report.reliability.iter().zip(&points) {
        // The dot's area shows how many cells stand behind it.
        svg.dot(*x, *y, 2.5 + 6.0 * (bin.cells as f64 / most as f64).sqrt());
    }
    if let Some(ece) = report.network.get(Figure::Ece) {
        let (x, y) = axes.at(0.04, 0.92);
        let line = format!("ECE {ece:.3}, temperature {:.2}", report.calibration.temperature);
        svg.text(x, y, 13.0, Anchor::Start, &line);
    }
    let (x, y) = axes.at(0.04, 0.84);
    let line = format!("unidentified {:.1} %", report.unidentified.share * 100.0);
    svg.text(x, y, 13.0, Anchor::Start, &line);
}
