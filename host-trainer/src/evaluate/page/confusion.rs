use super::super::picture::svg::{Anchor, Fill, Svg};
use super::html::{beside, figure, not_available, percent, table};
use super::plot::{LETTERS, WIDTH};
use crate::evaluate::Report;

const LEFT: f64 = 110.0;
const SIDE: f64 = 320.0;

/// Counts and shares of each row.
pub(super) fn section(report: &Report) -> String {
    if report.network.cells == 0 {
        return not_available("there are no test cells");
    }
    let names = report.labels.names();
    let mut head = vec!["true label"];
    let decided: Vec<String> = names.iter().map(|n| format!("decided {n}")).collect();
    head.extend(decided.iter().map(String::as_str));
    let counts = report.network.confusion.counts();
    let rows: Vec<Vec<String>> = names
        .iter()
        .zip(counts)
        .map(|(name, line)| {
            let cell = |n: &u64| format!("{n} ({})", row_share(*n, line));
            std::iter::once(name.clone())
                .chain(line.iter().map(cell))
                .collect()
        })
        .collect();
    let words: Vec<String> = rows.iter().map(|r| r.join(", ")).collect();
    let caption = "Cells by true label (row) and decided label (column), with the share of the row.";
    beside(&[
        figure(&draw(report, &words.join("; ")), caption),
        table("Confusion, counts and share of the row", &head, &rows),
    ])
}

fn row_share(count: u64, line: &[u64]) -> String {
    match line.iter().sum::<u64>() {
        0 => "-".into(),
        total => percent(count as f64 / total as f64),
    }
}

fn draw(report: &Report, words: &str) -> String {
    let counts = report.network.confusion.counts();
    let cell = SIDE / counts.len().max(1) as f64;
    // Names of many labels below each other would run into one another.
    let two_rows = if counts.len() > 4 { 18.0 } else { 0.0 };
    let mut svg = Svg::new(WIDTH, SIDE + 62.0 + two_rows);
    let top = 30.0;
    svg.text(LEFT + SIDE / 2.0, 18.0, LETTERS, Anchor::Middle, "decided");
    svg.upright_text(16.0, top + SIDE / 2.0, LETTERS, Anchor::Middle, "true");
    let letters = if cell < 70.0 { 12.0 } else { LETTERS };
    for (row, line) in counts.iter().enumerate() {
        let name = short(report.labels.name(row).unwrap_or_default());
        let middle = (row as f64 + 0.5) * cell;
        svg.text(LEFT - 8.0, top + middle + 5.0, LETTERS, Anchor::End, &name);
        // Names of many labels below each other would run into one another.
        let down = if row % 2 == 1 && counts.len() > 4 {
            18.0
        } else {
            0.0
        };
        svg.text(
            LEFT + middle,
            top + SIDE + 20.0 + down,
            LETTERS,
            Anchor::Middle,
            &name,
        );
        let total = line.iter().sum::<u64>().max(1) as f64;
        for (column, count) in line.iter().enumerate() {
            let (x, y) = (LEFT + column as f64 * cell, top + row as f64 * cell);
            svg.rect(x, y, cell, cell, Fill::Shade(*count as f64 / total));
            let (x, y) = (x + cell / 2.0, y + cell / 2.0);
            svg.text(x, y - 2.0, letters + 3.0, Anchor::Middle, &count.to_string());
            svg.text(
                x,
                y + letters + 2.0,
                letters,
                Anchor::Middle,
                &row_share(*count, line),
            );
        }
    }
    svg.finish_inline("confusion-matrix", "Confusion matrix", words)
}

/// As much of a name as fits beside the figure.
pub(super) fn short(name: &str) -> String {
    const MOST: usize = 11;
    if name.chars().count() > MOST {
        name.chars().take(MOST - 1).chain(['…']).collect()
    } else {
        name.to_owned()
    }
}
