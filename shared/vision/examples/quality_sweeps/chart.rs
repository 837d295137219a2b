//! The sweeps as a picture: one panel a sweep, one line a microscope.

use super::sweeps::Sweep;
use std::fmt::Write;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 250.0;
const COLUMNS: usize = 3;
const COLOURS: [&str; 6] = ["#1d63b8", "#c2410c", "#2e7d4f", "#6d3fa0", "#6b5b00", "#0b6e85"];
const DASHES: [&str; 6] = ["none", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];

/// Full lines of the fields that are counted, as SVG.
pub fn draw(curves: &[(Sweep, Vec<super::Line>)]) -> String {
    let rows = curves.len().div_ceil(COLUMNS);
    let (width, height) = (WIDTH * COLUMNS as f64, HEIGHT * rows as f64 + 40.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (i, (sweep, lines)) in curves.iter().enumerate() {
        let (left, top) = ((i % COLUMNS) as f64 * WIDTH, (i / COLUMNS) as f64 * HEIGHT);
        panel(&mut svg, sweep, lines, left, top);
    }
    let legend_top = HEIGHT * rows as f64 + 16.0;
    let names = curves
        .first()
        .map(|(_, lines)| lines.as_slice())
        .unwrap_or_default();
    for (i, (name, _)) in names.iter().enumerate() {
        let x = 50.0 + 150.0 * i as f64;
        let (colour, dash) = (COLOURS[i % COLOURS.len()], DASHES[i % DASHES.len()]);
        // Writing to a string cannot fail.
        writeln!(
            svg,
            "<path d=\"M{x} {legend_top}h36\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dash}\"/>\
             <text x=\"{}\" y=\"{}\">{name} px</text>",
            x + 42.0,
            legend_top + 4.0
        )
        .ok();
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, sweep: &Sweep, lines: &[super::Line], left: f64, top: f64) {
    let (x0, y0) = (left + 48.0, top + 34.0);
    let (wide, high) = (WIDTH - 74.0, HEIGHT - 88.0);
    let last = sweep.steps.len().saturating_sub(1).max(1) as f64;
    let at = |step: usize, percent: f64| {
        (
            x0 + wide * step as f64 / last,
            y0 + high * (1.0 - percent / 100.0),
        )
    };
    writeln!(
        svg,
        "<text x=\"{x0}\" y=\"{}\" font-weight=\"600\">{}: fields whose cells count, %</text>",
        y0 - 14.0,
        sweep.name
    )
    .ok();
    for percent in [0.0, 50.0, 100.0] {
        let (_, y) = at(0, percent);
        writeln!(
            svg,
            "<path d=\"M{x0} {y}h{wide}\" stroke=\"#ccd3d8\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{percent}</text>",
            x0 - 6.0,
            y + 4.0
        )
        .ok();
    }
    for (i, step) in sweep.steps.iter().enumerate() {
        let (x, y) = at(i, 0.0);
        writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{step}</text>",
            y + 17.0
        )
        .ok();
    }
    let middle = x0 + wide / 2.0;
    writeln!(
        svg,
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" fill=\"#53646f\">{}</text>",
        y0 + high + 36.0,
        sweep.unit
    )
    .ok();
    for (i, (_, shares)) in lines.iter().enumerate() {
        let points = shares.iter().enumerate().map(|(step, s)| {
            let (x, y) = at(step, s.counted);
            format!("{x:.1},{y:.1}")
        });
        let points: Vec<String> = points.collect();
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2.5\" stroke-dasharray=\"{}\"/>",
            points.join(" "),
            COLOURS[i % COLOURS.len()],
            DASHES[i % DASHES.len()]
        )
        .ok();
    }
}
