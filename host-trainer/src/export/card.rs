//! The model card (Mitchell et al. 2019) of a package, Markdown.

use super::cnmc;
use super::networks::Exported;
use super::sources::is_closed;
use crate::evaluate::{Protocol, card_text};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::package::Manifest;
use blastscope_shared::preprocess::{Enhancement, Framing};
use serde_json::Value;
use std::fmt::Write as _;

/// Writes the card from the manifest, what was exported, and how the folds were split.
pub(super) fn write(manifest: &Manifest, exported: &Exported, protocol: &Protocol) -> String {
    let framing = manifest.input.framing;
    let by_area = framing.is_masked_cell() && manifest.labels.len() == 2;
    let sections = [
        head(manifest),
        details(manifest, exported),
        section(
            "Intended use",
            &card_text::intended_use(&manifest.labels, framing),
        ),
        section("Factors", &card_text::factors(protocol, by_area)),
        section("Metrics", &card_text::metrics(&manifest.labels, protocol)),
        section("Evaluation data", evaluation_data(protocol)),
        data(manifest),
        figures(&manifest.metrics, protocol),
        section("Ethical considerations", &card_text::ethics()),
        caveats(manifest, protocol),
    ];
    sections.join("\n")
}

fn section(title: &str, text: &str) -> String {
    format!("## {title}\n\n{text}\n")
}

/// What the figures were measured on.
fn evaluation_data(protocol: &Protocol) -> &'static str {
    match protocol.is_by_subject() {
        true => {
            "The figures come from the folds of cross-validation over the data named below, each measured on subjects \
             that its network had not seen. The released network was trained afterwards, with the settings so chosen, \
             on all of those data: no cell of theirs can measure it, and it was measured on no other laboratory's cells."
        }
        false => {
            "The figures come from folds of the data named below, split image by image: not from subjects that the \
             network had not seen."
        }
    }
}

fn caveats(m: &Manifest, protocol: &Protocol) -> String {
    let lines: Vec<String> = card_text::caveats(protocol)
        .iter()
        .map(|l| format!("* {l}\n"))
        .collect();
    // What is known of C-NMC is known of its cells apart by subject.
    let of_data = if m.data.iter().any(cnmc::is) && protocol.is_by_subject() {
        cnmc::LIMITS
    } else {
        ""
    };
    format!("## Caveats and recommendations\n\n{}{of_data}", lines.concat())
}

fn head(m: &Manifest) -> String {
    let mut text = format!(
        "# {} {}\n\n**{DISCLAIMER}**\n\nExported {}.\n",
        m.name, m.version, m.created
    );
    if m.data.iter().any(is_closed) {
        text += "\n**Not for redistribution**: the licence of the data does not allow it, or is not known.\n";
    }
    text
}

/// Who made what, how it decides, and where questions go.
fn details(m: &Manifest, exported: &Exported) -> String {
    format!(
        "## Model details\n\nA classifier of single pictures, version {}, trained and exported by Blastscope ({}). Its \
         settings are those of the recipe that the figures name; questions go to whoever signed the package.\n\n{}\n{}",
        m.version,
        m.created,
        network(m, exported),
        calibration(m)
    )
}

fn network(m: &Manifest, exported: &Exported) -> String {
    let size = m.input.size;
    let mut input = match m.input.framing {
        Framing::MaskedCell => format!(
            "Input: 3 x {size} x {size} at {} nm per pixel, RGB, value / 255, black outside the cell",
            m.input.nanometres_per_pixel
        ),
        Framing::WholePicture => format!(
            "Input: 3 x {size} x {size}, RGB, value / 255, the whole picture in proportion, black beside it"
        ),
    };
    if m.input.enhancement == Enhancement::Alkhouli2024 {
        input += ", channels normalised and sharpened before";
    }
    let f32 = exported.f32.len() as f64 / 1024.0;
    let forms = match &exported.integers {
        Ok(integers) => {
            let a = &integers.agreement;
            format!(
                "Two forms: int8 ({:.0} KiB) and f32 ({f32:.0} KiB). On {} training cells they decide differently on {} \
                 ({:.2} %); logits differ by {:.3} in the mean and {:.3} at most.",
                integers.onnx.len() as f64 / 1024.0,
                a.cells,
                a.decisions_that_differ,
                a.share_that_differs * 100.0,
                a.mean_difference,
                a.largest_difference,
            )
        }
        Err(why) => format!(
            "One form: f32 ({f32:.0} KiB). There is no int8 form, because only chains of dense convolutions run faster \
             in integers, and this network is none ({why})."
        ),
    };
    format!("### Network\n\n{input} (`{}`). {forms}\n", m.preprocessing)
}

fn calibration(m: &Manifest) -> String {
    let c = &m.calibration;
    let first = m.labels.name(0).unwrap_or_default();
    let decided = match m.labels.len() {
        2 => format!(
            "`{first}` is decided from a probability of {:.3}; between {:.3} and {:.3} a cell is unidentified.",
            c.threshold, c.abstain[0], c.abstain[1]
        ),
        _ => format!(
            "The most probable label is decided; below a probability of {:.3} a cell is unidentified.",
            c.abstain[1]
        ),
    };
    format!(
        "### Calibration\n\nFitted on validation cells. Logits are divided by {:.3}. {decided}\n",
        c.temperature
    )
}

fn data(m: &Manifest) -> String {
    let mut text = String::from("## Training data\n\n");
    for source in &m.data {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "* {}: {} cells. Licence: {}. {}",
            source.name, source.cells, source.licence, source.citation
        );
    }
    let _ = match m.subjects.len() {
        0 => writeln!(text, "\nThe data name no subjects."),
        n => writeln!(text, "\n{n} subjects: {}.", m.subjects.join(", ")),
    };
    text
}

fn figures(metrics: &Value, protocol: &Protocol) -> String {
    let mut rows = String::new();
    flatten("", metrics, &mut rows);
    if rows.is_empty() {
        return String::from("## Quantitative analyses\n\nNone were measured.\n");
    }
    let warning = protocol
        .warning()
        .map_or_else(String::new, |w| format!("\n\n**WARNING: {w}.**"));
    format!("## Quantitative analyses\n\nFrom the folds.{warning}\n\n| figure | value |\n|---|---|\n{rows}")
}

/// One row a leaf; lists of plain values on one row.
fn flatten(path: &str, value: &Value, rows: &mut String) {
    let leaf = |v: &Value| match v {
        Value::Number(n) if n.is_f64() => format!("{:.3}", n.as_f64().unwrap_or(f64::NAN)),
        Value::String(s) => s.replace('|', "/"),
        other => other.to_string(),
    };
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}, {name}")
                };
                flatten(&path.replace('_', " "), inner, rows);
            }
        }
        Value::Array(items) if items.iter().any(|i| i.is_object() || i.is_array()) => {
            for (i, inner) in items.iter().enumerate() {
                flatten(&format!("{path} {}", i + 1), inner, rows);
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(leaf).collect();
            let _ = writeln!(rows, "| {path} | {} |", items.join(" to "));
        }
        other => {
            let _ = writeln!(rows, "| {path} | {} |", leaf(other));
        }
    }
}
