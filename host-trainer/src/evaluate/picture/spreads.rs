use super::super::Spread;
use super::svg::{Anchor, Fill, Stroke, Svg};
use blastscope_shared::DISCLAIMER;

/// A line of a picture of spreads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SpreadRow {
    /// Stands before it.
    pub name: String,
    /// Runs behind it.
    pub runs: usize,
    /// Over the validation cells.
    pub validation: Option<Spread>,
    /// Over the test cells.
    pub test: Option<Spread>,
    /// The one that was chosen.
    pub chosen: bool,
}

/// Pixels a row, and where the scale begins and ends.
const ROW: f64 = 34.0;
const TOP: f64 = 130.0;
const PLOT: (f64, f64) = (380.0, 820.0);

/// Means and standard deviations of some configurations below each other, as SVG: a dot and a bar for the
/// validation cells, a hatched box and a dashed bar for the test cells.
pub(crate) fn draw_spreads(title: &str, line: &str, warning: Option<&str>, rows: &[SpreadRow]) -> String {
    let bottom = TOP + ROW * rows.len() as f64;
    let mut svg = Svg::new(1100.0, bottom + 90.0);
    svg.text(30.0, 34.0, 20.0, Anchor::Start, title);
    svg.text(30.0, 56.0, 13.0, Anchor::Start, line);
    if let Some(warning) = warning {
        svg.text(30.0, 78.0, 13.0, Anchor::Start, &format!("WARNING: {warning}"));
    }
    draw_key(&mut svg);
    let (low, high) = range(rows);
    let x = |value: f64| PLOT.0 + (value - low) / (high - low) * (PLOT.1 - PLOT.0);
    for tick in 0..=4 {
        let value = low + (high - low) * f64::from(tick) / 4.0;
        svg.line(&[(x(value), TOP - 10.0), (x(value), bottom)], Stroke::Grid);
        svg.text(
            x(value),
            bottom + 18.0,
            13.0,
            Anchor::Middle,
            &format!("{value:.3}"),
        );
    }
    for (i, row) in rows.iter().enumerate() {
        let y = TOP + ROW * (i as f64 + 0.5);
        let mark = if row.chosen { "▶ " } else { "" };
        svg.text(
            PLOT.0 - 12.0,
            y + 4.0,
            13.0,
            Anchor::End,
            &format!("{mark}{}", row.name),
        );
        if let Some(s) = row.validation {
            svg.line(
                &[(x(s.mean - s.sd), y - 6.0), (x(s.mean + s.sd), y - 6.0)],
                Stroke::Network,
            );
            svg.dot(x(s.mean), y - 6.0, 4.5);
        }
        if let Some(s) = row.test {
            svg.line(
                &[(x(s.mean - s.sd), y + 6.0), (x(s.mean + s.sd), y + 6.0)],
                Stroke::Area,
            );
            svg.rect(x(s.mean) - 4.0, y + 2.0, 8.0, 8.0, Fill::Hatched);
        }
        let show = |s: Option<Spread>| match s {
            None => "-".to_owned(),
            Some(s) if row.runs == 1 => format!("{:.3}", s.mean),
            Some(s) => format!("{:.3} ± {:.3}", s.mean, s.sd),
        };
        svg.text(PLOT.1 + 14.0, y - 2.0, 13.0, Anchor::Start, &show(row.validation));
        let runs = if row.runs == 1 {
            "1 run".to_owned()
        } else {
            format!("{} runs", row.runs)
        };
        let words = format!("{} ({runs})", show(row.test));
        svg.text(PLOT.1 + 14.0, y + 12.0, 13.0, Anchor::Start, &words);
    }
    svg.text(550.0, bottom + 62.0, 13.0, Anchor::Middle, DISCLAIMER);
    svg.finish(title)
}

fn draw_key(svg: &mut Svg) {
    let y = 98.0;
    svg.dot(PLOT.0 + 6.0, y - 4.0, 4.5);
    svg.text(PLOT.0 + 18.0, y, 13.0, Anchor::Start, "validation cells (choose)");
    svg.rect(PLOT.0 + 202.0, y - 8.0, 8.0, 8.0, Fill::Hatched);
    svg.text(
        PLOT.0 + 218.0,
        y,
        13.0,
        Anchor::Start,
        "test cells (choose nothing)",
    );
    svg.text(PLOT.0 + 410.0, y, 13.0, Anchor::Start, "▶ chosen");
}

/// What the scale must hold, with some room.
fn range(rows: &[SpreadRow]) -> (f64, f64) {
    let spreads = rows.iter().flat_map(|r| [r.validation, r.test]).flatten();
    let (low, high) = spreads.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| {
        (low.min(s.mean - s.sd), high.max(s.mean + s.sd))
    });
    if !(low.is_finite() && high.is_finite()) {
        return (0.0, 1.0);
    }
    let room = ((high - low) * 0.05).max(0.005);
    (low - room, high + room)
}
