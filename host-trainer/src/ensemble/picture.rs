use super::Ensembles;
use crate::evaluate::Figure;
use crate::evaluate::svg::{Anchor, Stroke, Svg};

const WIDTH: f64 = 1180.0;
/// Height of a row.
const ROW: f64 = 22.0;
/// Left edges of the panels and their width.
const PANELS: [f64; 3] = [290.0, 590.0, 890.0];
const PANEL: f64 = 250.0;

/// A row an ensemble and a row for the members of each learning rate; three panels with a dot at the figure
/// and a line over its interval (of members alone: over their range).
pub(super) fn draw(all: &Ensembles) -> String {
    let rows = all.ensembles.len() + all.alone.len();
    let top = 120.0;
    let height = top + rows as f64 * ROW + 80.0;
    let mut svg = Svg::new(WIDTH, height);
    svg.text(30.0, 34.0, 20.0, Anchor::Start, &all.title);
    let of = match all.subjects {
        0 => String::new(),
        n => format!(" of {n} subject groups"),
    };
    let line = format!(
        "{} test cells{of}; members and weights chosen on validation cells; lines: 95 % intervals over {}",
        all.cells,
        all.protocol.resampled()
    );
    svg.text(30.0, 56.0, 13.0, Anchor::Start, &line);
    let line = "dashed lines: members each alone, their mean and their range";
    svg.text(30.0, 74.0, 13.0, Anchor::Start, line);
    let auc = match all.labels.len() {
        2 => Figure::Auc,
        _ => Figure::MacroAuc,
    };
    let names = all.ensembles.iter().map(|e| e.name.clone());
    let names = names.chain(all.alone.iter().map(|a| a.name.clone()));
    let at = |row: usize| top + (row as f64 + 0.5) * ROW;
    for (row, name) in names.enumerate() {
        svg.text(PANELS[0] - 20.0, at(row) + 4.0, 13.0, Anchor::End, &name);
    }
    for (left, figure) in PANELS.into_iter().zip([Figure::WeightedF1, Figure::Kappa, auc]) {
        let values = values(all, figure);
        let least = values.iter().flatten().map(|v| v[1]).fold(1.0, f64::min);
        // From the tenth below what is smallest, so that differences can be seen.
        let low = ((least * 10.0).floor() / 10.0).clamp(-1.0, 0.9);
        let x = |v: f64| left + (v - low) / (1.0 - low) * PANEL;
        svg.text(
            left + PANEL / 2.0,
            top - 12.0,
            15.0,
            Anchor::Middle,
            figure.name(),
        );
        let bottom = top + rows as f64 * ROW;
        for tick in [low, f64::midpoint(low, 1.0), 1.0] {
            svg.line(&[(x(tick), top), (x(tick), bottom)], Stroke::Grid);
            svg.text(
                x(tick),
                bottom + 18.0,
                13.0,
                Anchor::Middle,
                &format!("{tick:.2}"),
            );
        }
        for (row, value) in values.iter().enumerate() {
            let Some([middle, from, to]) = *value else {
                continue;
            };
            let (y, stroke) = if row < all.ensembles.len() {
                (at(row), Stroke::Network)
            } else {
                (at(row), Stroke::Area)
            };
            svg.line(&[(x(from), y), (x(to), y)], stroke);
            svg.dot(x(middle), y, 4.0);
        }
    }
    svg.text(WIDTH / 2.0, height - 14.0, 13.0, Anchor::Middle, &all.disclaimer);
    svg.finish(&all.title)
}

/// Middle, low and high of one figure, row by row.
fn values(all: &Ensembles, figure: Figure) -> Vec<Option<[f64; 3]>> {
    let ensembles = all.ensembles.iter().map(|e| {
        let test = e.test.as_ref()?;
        let value = test.get(figure)?;
        let interval = test.intervals.get(&figure);
        Some([
            value,
            interval.map_or(value, |i| i.low),
            interval.map_or(value, |i| i.high),
        ])
    });
    let alone = all.alone.iter().map(|a| {
        let spread = a.figures.get(&figure)?;
        Some([spread.mean, spread.low, spread.high])
    });
    ensembles.chain(alone).collect()
}
