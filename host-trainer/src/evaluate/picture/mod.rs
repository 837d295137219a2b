//! A report as one picture: ROC, confusion, reliability, subjects.

mod axes;
mod spreads;
mod subjects;
pub(crate) mod svg;

pub(crate) use spreads::{SpreadRow, draw_spreads};

use super::{Figure, Report};
use axes::Axes;
use blastscope_shared::metrics::RocPoint;
use svg::{Anchor, Fill, Stroke, Svg};

const WIDTH: f64 = 1180.0;
/// Top of the three square panels, and their side.
const PANELS: (f64, f64) = (120.0, 280.0);

/// The picture of a report as SVG.
pub(crate) fn draw_report(report: &Report) -> String {
    let top = PANELS.0 + PANELS.1 + 90.0;
    let height = if report.protocol.without_subjects {
        top
    } else {
        top + 330.0
    };
    let mut svg = Svg::new(WIDTH, height);
    let cells = report.network.cells;
    let groups = report.subjects.len();
    svg.text(30.0, 34.0, 20.0, Anchor::Start, &report.title);
    let of = match report.protocol.without_subjects {
        true => "the data name no subjects".to_owned(),
        false => format!("of {groups} subject groups"),
    };
    let first = report.labels.names().first().map_or("", String::as_str);
    let positive = match report.labels.len() {
        2 => format!("{first} is the positive class"),
        n => format!("{n} labels"),
    };
    let resampled = report.protocol.resampled();
    let line = format!("{cells} test cells, {of}; {positive}; 95 % intervals over {resampled}");
    svg.text(30.0, 56.0, 13.0, Anchor::Start, &line);
    let figures = match report.labels.len() {
        2 => [
            Figure::WeightedF1,
            Figure::BalancedAccuracy,
            Figure::Auc,
            Figure::Ece,
        ],
        _ => [
            Figure::WeightedF1,
            Figure::BalancedAccuracy,
            Figure::MacroAuc,
            Figure::Ece,
        ],
    };
    let sets = [
        ("network", Some(&report.network)),
        ("cell area alone", report.area.as_ref()),
    ];
    for (y, name, set) in [78.0, 96.0]
        .iter()
        .zip(sets)
        .filter_map(|(y, (n, s))| Some((*y, n, s?)))
    {
        let words: Vec<String> = figures
            .iter()
            .map(|f| format!("{} {}", f.name(), set.show(*f)))
            .collect();
        let words = format!("{name}: {}", words.join(", "));
        svg.text(30.0, y, 13.0, Anchor::Start, &words);
    }
    if let Some(warning) = report.protocol.warning() {
        svg.text(30.0, 114.0, 13.0, Anchor::Start, &format!("WARNING: {warning}"));
    }
    draw_roc(&mut svg, report, 70.0);
    draw_confusion(&mut svg, report, 470.0);
    draw_reliability(&mut svg, report, 850.0);
    if !report.protocol.without_subjects {
        subjects::draw_subjects(&mut svg, report, 70.0, top, WIDTH - 110.0);
    }
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
    let auc = |set: &super::Figures| set.get(Figure::Auc).map_or("-".into(), |v| format!("{v:.3}"));
    let curves: Vec<(&[RocPoint], Stroke, String)> = if report.label_roc.is_empty() {
        let network = ("network", &report.network, &report.roc, Stroke::Network);
        let area = report
            .area
            .as_ref()
            .map(|a| ("cell area", a, &report.area_roc, Stroke::Area));
        let sets = std::iter::once(network).chain(area);
        sets.map(|(name, set, curve, stroke)| (&curve[..], stroke, format!("{name}, AUC {}", auc(set))))
            .collect()
    } else {
        let named = report.label_roc.iter().zip(report.labels.names()).enumerate();
        named
            .map(|(i, (curve, name))| (&curve[..], Stroke::Label(i), format!("{name} against the rest")))
            .collect()
    };
    for (i, (curve, stroke, name)) in curves.iter().enumerate() {
        let points = curve
            .iter()
            .map(|p| axes.at(p.false_positive_rate, p.true_positive_rate));
        svg.line(&points.collect::<Vec<_>>(), *stroke);
        let y = 0.07 + 0.09 * (curves.len() - 1 - i) as f64;
        svg.line(&[axes.at(0.40, y + 0.015), axes.at(0.50, y + 0.015)], *stroke);
        let (x, y) = axes.at(0.52, y);
        svg.text(x, y, 13.0, Anchor::Start, name);
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
            let letters = if n > 4.0 { 13.0 } else { 20.0 };
            svg.text(x, y, letters, Anchor::Middle, &count.to_string());
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
