use super::super::picture::svg::{Anchor, Fill, Stroke, Svg};
use super::confusion::short;
use super::html::{figure, folded_table, not_available, paragraph, percent};
use super::plot::{LETTERS, WIDTH};
use crate::evaluate::{Report, SubjectFigures};

const LEFT: f64 = 148.0;
const BAR: f64 = 200.0;
const ROW: f64 = 24.0;
const TOP: f64 = 74.0;

/// What becomes of each subject.
pub(super) fn section(report: &Report) -> String {
    if report.protocol.without_subjects {
        return not_available("the data name no subjects");
    }
    let Some(accuracy) = &report.subject_accuracy else {
        return not_available("there are no test cells");
    };
    let mut subjects: Vec<&SubjectFigures> = report.subjects.iter().collect();
    let place = |s: &SubjectFigures| report.labels.index_of(&s.label);
    subjects.sort_by(|a, b| place(a).cmp(&place(b)).then(a.right.total_cmp(&b.right)));
    let first = report.labels.name(0).unwrap_or_default();
    let words = format!(
        "{} of {} subject groups are decided right ({}, 95 % interval {} to {} after Wilson), each to be what most of \
         its cells are decided to be, by the calibrated rule for cells. The mean over them of the share of cells \
         decided right is {}.",
        accuracy.right,
        accuracy.subjects,
        percent(accuracy.share),
        percent(accuracy.interval.low),
        percent(accuracy.interval.high),
        report.mean_subject_accuracy.map_or_else(|| "-".into(), percent)
    );
    let row = |s: &&SubjectFigures| {
        let mut row = vec![
            s.group.clone(),
            s.cells.to_string(),
            percent(s.called),
            s.decision.clone(),
            s.label.clone(),
            if s.is_right() { "right" } else { "wrong" }.to_owned(),
            percent(s.right),
        ];
        row.extend(s.right_by_area.map(percent));
        row
    };
    let rows: Vec<_> = subjects.iter().map(row).collect();
    let called = format!("cells called {first}");
    let mut head = vec![
        "subject group",
        "cells",
        &called,
        "decision",
        "truth",
        "the decision is",
        "cells right",
    ];
    if report.area.is_some() {
        head.push("right by area");
    }
    let caption = "Share of each subject's cells that is decided right, the worst first within each label.";
    paragraph(&words) + &figure(&draw(report, &subjects), caption) + &folded_table("Subjects", &head, &rows)
}

fn draw(report: &Report, subjects: &[&SubjectFigures]) -> String {
    let first = report.labels.name(0).unwrap_or_default();
    let mut svg = Svg::new(WIDTH, TOP + ROW * subjects.len() as f64 + 10.0);
    svg.rect(10.0, 8.0, 18.0, 13.0, Fill::Solid);
    svg.text(34.0, 20.0, LETTERS, Anchor::Start, &short(first));
    svg.rect(LEFT, 8.0, 18.0, 13.0, Fill::Hatched);
    let others = match report.labels.len() {
        2 => short(report.labels.name(1).unwrap_or_default()),
        _ => "other labels".into(),
    };
    svg.text(LEFT + 24.0, 20.0, LETTERS, Anchor::Start, &others);
    if report.area.is_some() {
        let x = LEFT + 136.0;
        svg.line(&[(x, 6.0), (x, 24.0)], Stroke::Area);
        svg.text(x + 8.0, 20.0, LETTERS, Anchor::Start, "by cell area alone");
    }
    svg.text(10.0, 46.0, LETTERS, Anchor::Start, "group (cells)");
    let base = TOP + ROW * subjects.len() as f64;
    for share in [0.0, 0.5, 1.0] {
        let x = LEFT + share * BAR;
        let words = format!("{:.0} %", share * 100.0);
        svg.text(x, 64.0, 13.0, Anchor::Middle, &words);
        svg.line(&[(x, TOP - 4.0), (x, base)], Stroke::Grid);
    }
    for (i, subject) in subjects.iter().enumerate() {
        let y = TOP + ROW * i as f64;
        let fill = if subject.label == first {
            Fill::Solid
        } else {
            Fill::Hatched
        };
        let name = format!("{} ({})", short(&subject.group), subject.cells);
        svg.text(LEFT - 8.0, y + 15.0, 14.0, Anchor::End, &name);
        svg.rect(LEFT, y + 3.0, subject.right * BAR, ROW - 8.0, fill);
        if let Some(right) = subject.right_by_area {
            let x = LEFT + right * BAR;
            svg.line(&[(x, y), (x, y + ROW - 2.0)], Stroke::Area);
        }
        let words = match subject.is_right() {
            true => percent(subject.right),
            false => format!("{} ✗ {}", percent(subject.right), short(&subject.decision)),
        };
        svg.text(LEFT + BAR + 14.0, y + 15.0, 14.0, Anchor::Start, &words);
    }
    let wrong = subjects.iter().filter(|s| !s.is_right()).count();
    let text = format!(
        "One bar a subject group, {} of them; {wrong} decided wrong are marked with a cross and their decision. The table \
         below gives all numbers.",
        subjects.len()
    );
    svg.finish_inline("subject-bars", "Share of cells decided right, by subject", &text)
}
