//! The picture's text.

use super::boxes::{Family, OpBox};
use super::edges;
use super::layout::{LINE, Layout, Place, WIDTH};
use super::repeats::Repeat;
use crate::{Graph, account};
use blastscope_shared::DISCLAIMER;
use std::fmt::Write;

const STYLE: &str = "text{font:12px sans-serif;fill:#111}.n{font-size:10px;fill:#444}.b{fill:none;stroke:#888}\
.h{font-weight:bold;paint-order:stroke;stroke:#fff;stroke-width:3px}.e{fill:none;stroke:#444;stroke-width:1.3;marker-end:url(#a)}\
rect.i,rect.o{fill:#fff;stroke:#222}rect.w{fill:#dbe8f7;stroke:#1f4e8c}rect.p{fill:#e6f2e1;stroke:#3c6e2f}\
rect.m{fill:#fbe9d0;stroke:#b25d00}.r{fill:none;stroke:#b25d00;stroke-width:2}.t{font-size:20px}";

/// The text of the file.
pub(super) fn write(
    name: &str,
    graph: &Graph,
    boxes: &[OpBox],
    repeats: &[Repeat],
    layout: &Layout,
) -> String {
    let account = account::count(graph);
    let title = escape(&format!("{name} for pictures of {}", graph.input()));
    let says = format!(
        "{} nodes, {} parameters, {:.1} M multiply-accumulates, {} outputs",
        graph.nodes().len(),
        account.parameters,
        account.macs as f64 / 1e6,
        graph.labels()
    );
    let (width, height) = (layout.width.max(560.0), layout.height);
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" role="img" aria-labelledby="title desc">
<title id="title">{title}</title>
<desc id="desc">{says}. Read from top to bottom, column by column; each box is an operation with its output's shape, a frame is a block, a number with a times sign says how often a stretch stands in a row. {DISCLAIMER}</desc>
<style>{STYLE}</style>
<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#444"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
<text class="t" x="20" y="30">{title}</text><text x="20" y="50">{says}</text>
"##
    );
    // Writing to a String cannot fail.
    for frame in &layout.frames {
        let _ = writeln!(
            out,
            r#"<rect class="b" x="{:.0}" y="{:.0}" width="{:.0}" height="{:.0}" rx="6"/><text class="h" x="{:.0}" y="{:.0}">{}</text>"#,
            frame.x,
            frame.y,
            frame.width,
            frame.height,
            frame.x + 8.0,
            frame.y + 15.0,
            escape(&graph.blocks()[frame.block])
        );
    }
    for (to, b) in boxes.iter().enumerate() {
        for from in &b.inputs {
            let _ = writeln!(out, r#"<path class="e" d="{}"/>"#, edges::path(layout, *from, to));
        }
    }
    for (b, place) in boxes.iter().zip(&layout.places) {
        write_box(&mut out, b, place);
    }
    for repeat in repeats {
        write_repeat(&mut out, graph, boxes, repeat, layout);
    }
    let _ = writeln!(
        out,
        r#"<text class="n" x="20" y="{:.0}">{DISCLAIMER}</text>
</svg>"#,
        height - 14.0
    );
    out
}

fn write_box(out: &mut String, b: &OpBox, place: &Place) {
    let class = match b.family {
        Family::Input => "i",
        Family::Weights => "w",
        Family::Pool => "p",
        Family::Merge => "m",
        Family::Plain => "o",
    };
    let Place { x, y, height, .. } = place;
    let nodes = escape(&b.nodes.join(", "));
    let _ = write!(
        out,
        r#"<g><title>{nodes}</title><rect class="{class}" x="{x:.0}" y="{y:.0}" width="{WIDTH:.0}" height="{height:.0}" rx="3"/>"#
    );
    let parameters = match b.parameters {
        0 => String::new(),
        n => format!(", {n} parameters"),
    };
    let shape = format!("{}{parameters}", b.shape);
    let name = ("n", escape(&b.name));
    let words = place.lines.iter().map(|l| ("", escape(l)));
    for (row, (class, words)) in std::iter::once(name)
        .chain(words)
        .chain([("n", shape)])
        .enumerate()
    {
        let class = if class.is_empty() { "" } else { r#" class="n""# };
        let (x, y) = (x + 8.0, y + LINE * (row as f64 + 1.0));
        let _ = write!(out, r#"<text{class} x="{x:.0}" y="{y:.0}">{words}</text>"#);
    }
    out.push_str("</g>\n");
}

/// A bracket on the left with the number, and where the last copy stands.
fn write_repeat(out: &mut String, graph: &Graph, boxes: &[OpBox], repeat: &Repeat, layout: &Layout) {
    let range = repeat.first..repeat.first + repeat.length;
    let places = &layout.places[range.clone()];
    let left = places.iter().map(|p| p.x).fold(f64::INFINITY, f64::min) - 7.0;
    let top = places.iter().map(|p| p.y).fold(f64::INFINITY, f64::min);
    let bottom = places.iter().map(|p| p.y + p.height).fold(0.0, f64::max);
    let _ = write!(
        out,
        r#"<path class="r" d="M{:.0} {top:.0}H{left:.0}V{bottom:.0}H{:.0}"/>"#,
        left + 5.0,
        left + 5.0
    );
    let (first, last) = (boxes[repeat.first].block, repeat.last_block);
    let until = if first == last {
        &repeat.last_name
    } else {
        &graph.blocks()[last]
    };
    let _ = writeln!(
        out,
        r#"<text class="h" x="{:.0}" y="{:.0}">×{} to {}</text>"#,
        left,
        bottom + 14.0,
        repeat.times,
        escape(until)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
