use super::super::Report;
use super::svg::{Anchor, Fill, Stroke, Svg};

/// Height of the bars.
const HEIGHT: f64 = 150.0;

/// A bar a subject group: the share of its cells decided right, a dashed line at what cell area alone
/// decides right. The positive class is filled, the others are hatched.
pub(super) fn draw_subjects(svg: &mut Svg, report: &Report, left: f64, top: f64, width: f64) {
    let first = report.labels.names().first().map_or("", String::as_str);
    let mut subjects: Vec<_> = report.subjects.iter().collect();
    subjects.sort_by(|a, b| {
        let rank = |label: &str| label != first;
        rank(&a.label)
            .cmp(&rank(&b.label))
            .then(b.right.total_cmp(&a.right))
    });
    let title = format!(
        "Share of cells decided right, by subject group; mean {:.3}",
        report.mean_subject_accuracy.unwrap_or(0.0)
    );
    svg.text(left, top - 26.0, 15.0, Anchor::Start, &title);
    draw_key(svg, report, left, top - 8.0);
    let base = top + 10.0 + HEIGHT;
    for share in [0.0, 0.5, 1.0] {
        let y = base - share * HEIGHT;
        svg.line(&[(left, y), (left + width, y)], Stroke::Grid);
        svg.text(left - 6.0, y + 4.0, 13.0, Anchor::End, &share.to_string());
    }
    let step = width / subjects.len().max(1) as f64;
    let bar = (step * 0.7).min(40.0);
    for (i, subject) in subjects.iter().enumerate() {
        let x = left + (i as f64 + 0.5) * step;
        let fill = if subject.label == first {
            Fill::Solid
        } else {
            Fill::Hatched
        };
        let height = subject.right * HEIGHT;
        svg.rect(x - bar / 2.0, base - height, bar, height, fill);
        if let Some(right) = subject.right_by_area {
            let y = base - right * HEIGHT;
            svg.line(&[(x - step * 0.45, y), (x + step * 0.45, y)], Stroke::Area);
        }
        let name = format!("{} ({})", subject.group, subject.cells);
        svg.upright_text(x + 4.0, base + 6.0, 12.0, Anchor::End, &name);
    }
}

fn draw_key(svg: &mut Svg, report: &Report, left: f64, y: f64) {
    let mut x = left;
    for (i, label) in report.labels.names().iter().enumerate() {
        let fill = if i == 0 { Fill::Solid } else { Fill::Hatched };
        svg.rect(x, y - 10.0, 16.0, 11.0, fill);
        svg.text(x + 22.0, y, 13.0, Anchor::Start, label);
        x += 90.0;
    }
    if report.area.is_none() {
        svg.text(x, y, 13.0, Anchor::Start, "in brackets: cells");
        return;
    }
    svg.line(&[(x, y - 4.0), (x + 24.0, y - 4.0)], Stroke::Area);
    svg.text(
        x + 30.0,
        y,
        13.0,
        Anchor::Start,
        "cell area alone; in brackets: cells",
    );
}
