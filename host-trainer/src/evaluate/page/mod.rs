//! The report as one page: everything in one file, without scripts and without network.

mod card;
mod cells;
mod confusion;
mod curves;
mod head;
mod html;
mod learning;
mod plot;
mod reliability;
mod style;
mod subjects;

use super::picture::svg::{HATCH, escape};
use super::worst::Worst;
use super::{Evaluated, Report};
use crate::data::DataSet;
use crate::{Error, durable_file};
use blastscope_shared::DISCLAIMER;
use std::path::PathBuf;
use tch::Device;

/// Writes `report.html` into an evaluated run or a gathered cross-validation. With the data it was evaluated
/// on, it shows the cells that are decided wrong and where the network looks; without them it says so.
pub(crate) fn write_page(evaluated: &Evaluated, cells: Option<(&DataSet, Device)>) -> Result<PathBuf, Error> {
    let worst = Worst::of(evaluated, cells)?;
    let path = evaluated.folder().join("report.html");
    let today = jiff::Zoned::now().date().to_string();
    durable_file::write(&path, draw_page(evaluated, &worst, &today).as_bytes())?;
    Ok(path)
}

fn draw_page(evaluated: &Evaluated, worst: &Worst, today: &str) -> String {
    let report = evaluated.report();
    let sections = [
        ("figures", "Headline figures", head::figures(evaluated)),
        ("learning", "Learning curves", learning::section(evaluated)),
        ("roc", "ROC", curves::roc(report)),
        ("precision", "Precision and recall", curves::precision(report)),
        ("confusion", "Confusion", confusion::section(report)),
        ("calibration", "Calibration", reliability::section(report)),
        ("subjects", "Subjects", subjects::section(report)),
        (
            "cells",
            "Cells decided most wrongly",
            cells::section(report, worst),
        ),
        ("card", "Model card", card::section(evaluated)),
    ];
    let links: String = sections
        .iter()
        .map(|(id, title, _)| format!("<li><a href=\"#{id}\">{title}</a></li>\n"))
        .collect();
    let bodies: String = sections
        .iter()
        .map(|(id, title, body)| html::section(id, title, body))
        .collect();
    let title = escape(&report.title);
    let head = head::head(evaluated, today);
    let style = style::STYLE;
    let disclaimer = format!(
        "<p class=\"disclaimer\"><strong>{}</strong></p>",
        escape(DISCLAIMER)
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <title>{title}: report</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the figures</a>\n\
         <svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\" focusable=\"false\">{HATCH}</svg>\n\
         <header>\n<h1>{title}</h1>\n{disclaimer}\n{head}</header>\n\
         <nav aria-label=\"Sections\"><ul>\n{links}</ul></nav>\n\
         <main id=\"main\" tabindex=\"-1\">\n{bodies}</main>\n<footer>\n{disclaimer}\n</footer>\n</body>\n</html>\n"
    )
}

/// Why figures of two classes are missing.
fn one_class(report: &Report) -> String {
    let names = report.labels.names().iter().enumerate();
    let missing: Vec<&str> = names
        .filter(|(l, _)| report.network.confusion.support(*l) == 0)
        .map(|(_, name)| name.as_str())
        .collect();
    match report.network.cells {
        0 => "there are no test cells".to_owned(),
        _ => format!("no test cell is {}", missing.join(" or ")),
    }
}

#[cfg(test)]
mod tests;
