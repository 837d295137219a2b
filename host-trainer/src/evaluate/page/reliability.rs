use super::super::picture::svg::Stroke;
use super::html::{beside, figure, not_available, paragraph, quoted, table, three};
use super::plot::Plot;
use crate::evaluate::{Figure, Report};

/// The fitted rule, and how far confidence can be believed.
pub(super) fn section(report: &Report) -> String {
    let c = &report.calibration;
    let first = report.labels.name(0).unwrap_or_default();
    let rule = match report.labels.len() {
        2 => format!(
            "{} is decided from a probability of {:.3}; between {:.3} and {:.3} a cell is unidentified.",
            quoted(first),
            c.threshold,
            c.abstain[0],
            c.abstain[1]
        ),
        _ => format!(
            "The most probable label is decided; below a probability of {:.3} a cell is unidentified.",
            c.abstain[1]
        ),
    };
    let mut html = paragraph(&format!(
        "Fitted on validation cells: logits are divided by the temperature {:.3}. {rule}",
        c.temperature
    ));
    if report.reliability.is_empty() {
        return html + &not_available("there are no test cells");
    }
    let ece = |value: Option<f64>| value.map_or_else(|| "not available".to_owned(), three);
    html += &paragraph(&format!(
        "Expected calibration error over 15 bins of equal width of the confidence in the decision: {}; without \
         temperature, with the most probable label decided, {}.",
        ece(report.network.get(Figure::Ece)),
        ece(report.uncalibrated_ece)
    ));
    let drawn = figure(
        &draw(report),
        "Ten bins of equal width. A dot's area grows with its cells; below the diagonal the network is too sure.",
    );
    let rows: Vec<Vec<String>> = report
        .reliability
        .iter()
        .map(|b| {
            vec![
                three(b.confidence),
                three(b.accuracy),
                format!("{:+.3}", b.accuracy - b.confidence),
                b.cells.to_string(),
            ]
        })
        .collect();
    let head = ["mean confidence", "share decided right", "difference", "cells"];
    let caption = "Reliability, ten bins of equal width, empty ones left out";
    html + &beside(&[drawn, table(caption, &head, &rows)])
}

fn draw(report: &Report) -> String {
    let mut plot = Plot::shares(("confidence in the decision", "share decided right"), 2);
    plot.line(&[(0.0, 0.0), (1.0, 1.0)], Stroke::Frame);
    let points: Vec<(f64, f64)> = report
        .reliability
        .iter()
        .map(|b| (b.confidence, b.accuracy))
        .collect();
    plot.line(&points, Stroke::Network);
    let most = report
        .reliability
        .iter()
        .map(|b| b.cells)
        .max()
        .unwrap_or(1)
        .max(1);
    for bin in &report.reliability {
        let radius = 2.5 + 6.0 * (bin.cells as f64 / most as f64).sqrt();
        plot.dot(bin.confidence, bin.accuracy, radius);
    }
    plot.key(Stroke::Network, "network (dots: bins)");
    plot.key(Stroke::Frame, "as it should be");
    let text = "Share of cells decided right against the confidence in the decision; the table beside it gives the numbers.";
    plot.finish("reliability", "Reliability diagram", text)
}
