//! The model card (Mitchell et al. 2019) of a package, Markdown.

use super::cnmc;
use super::networks::ExportReport;
use blastscope_shared::DISCLAIMER;
use blastscope_shared::package::Manifest;
use serde_json::Value;
use std::fmt::Write as _;

/// Writes the card from the manifest and the export's report.
pub(super) fn write(manifest: &Manifest, report: &ExportReport) -> String {
    let sections = [
        head(manifest),
        intended_use(manifest),
        network(manifest, report),
        calibration(manifest),
        data(manifest),
        figures(&manifest.metrics),
        limits(manifest),
    ];
    sections.join("\n")
}

fn limits(m: &Manifest) -> String {
    let of_data = if m.data.iter().any(cnmc::is) {
        cnmc::LIMITS
    } else {
        ""
    };
    format!("{GENERAL_LIMITS}{of_data}")
}

const GENERAL_LIMITS: &str = "\
## Limits

* The figures come from the folds of cross-validation, each measured on subjects that its network had not seen. The
  released network was trained afterwards, with the settings so chosen, on all subjects named above: no cell of
  theirs can measure it, and it was measured on no other laboratory's cells.
* Cells of other scales, stains or cameras, and cells that are neither of the labels, get an answer too: it means nothing.
* Abstention is by probability alone; it does not notice a cell that is unlike all cells of training.
";

fn head(m: &Manifest) -> String {
    format!(
        "# {} {}\n\n**{DISCLAIMER}**\n\nExported {}.\n",
        m.name, m.version, m.created
    )
}

fn intended_use(m: &Manifest) -> String {
    format!(
        "## Intended use\n\nSorts pictures of single white cells into {}, to screen a slide for a person who looks at every \
         result and signs it. It counts and sorts; it does not diagnose, and it is no medical device. Not for deciding on treatment, \
         not for cells that no person reviews, not for other labels than these.\n",
        m.labels
            .names()
            .iter()
            .map(|l| format!("`{l}`"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

fn network(m: &Manifest, report: &ExportReport) -> String {
    let a = &report.agreement;
    format!(
        "## Network\n\nInput: 3 x {0} x {0} at {1} nm per pixel, RGB, value / 255, black outside the cell (`{2}`). \
         Two forms: int8 ({3:.0} KiB) and f32 ({4:.0} KiB). On {5} training cells they decide differently on {6} ({7:.2} %); logits \
         differ by {8:.3} in the mean and {9:.3} at most.\n",
        m.input.size,
        m.input.nanometres_per_pixel,
        m.preprocessing,
        report.int8_bytes as f64 / 1024.0,
        report.f32_bytes as f64 / 1024.0,
        a.cells,
        a.decisions_that_differ,
        a.share_that_differs * 100.0,
        a.mean_difference,
        a.largest_difference,
    )
}

fn calibration(m: &Manifest) -> String {
    let c = &m.calibration;
    let first = m.labels.name(0).unwrap_or_default();
    format!(
        "## Calibration\n\nFitted on validation cells. Logits are divided by {:.3}. `{first}` is decided from a probability of \
         {:.3}; between {:.3} and {:.3} a cell is unidentified.\n",
        c.temperature, c.threshold, c.abstain[0], c.abstain[1]
    )
}

fn data(m: &Manifest) -> String {
    let mut text = String::from("## Data\n\n");
    for source in &m.data {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "* {}: {} cells. Licence: {}. {}",
            source.name, source.cells, source.licence, source.citation
        );
    }
    let _ = writeln!(
        text,
        "\n{} subjects: {}.",
        m.subjects.len(),
        m.subjects.join(", ")
    );
    text
}

fn figures(metrics: &Value) -> String {
    let mut rows = String::new();
    flatten("", metrics, &mut rows);
    if rows.is_empty() {
        return String::from("## Figures\n\nNone were measured.\n");
    }
    format!("## Figures\n\nFrom the folds.\n\n| figure | value |\n|---|---|\n{rows}")
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
