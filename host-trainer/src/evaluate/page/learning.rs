use super::super::picture::svg::Stroke;
use super::html::{figure, folded_table, not_available, paragraph, three};
use super::plot::Plot;
use crate::evaluate::Evaluated;
use crate::train::{EpochRecord, ValidationFigures};
use std::path::Path;

/// One line of a figure: its key, and the value of an epoch.
type Series = (&'static str, fn(&EpochRecord) -> Option<f64>);

const LOSSES: [Series; 2] = [
    ("training loss", |r| Some(r.loss)),
    ("validation loss", |r| Some(r.validation?.loss)),
];

const FIGURES: [Series; 3] = [
    ("weighted F1", |r| Some(r.validation?.weighted_f1)),
    ("balanced accuracy", |r| Some(r.validation?.balanced_accuracy)),
    ("AUC of the first label", |r| Some(r.validation?.auc)),
];

/// Loss and validation figures by epoch, as far as they are written down.
pub(super) fn section(evaluated: &Evaluated) -> String {
    let folds: Vec<Vec<EpochRecord>> = evaluated
        .parts()
        .iter()
        .map(|p| records(p.run.folder()))
        .collect();
    if folds.iter().all(Vec::is_empty) {
        return not_available("the run has no metrics.jsonl");
    }
    let several = folds.len() > 1;
    let each = if several {
        " One line a fold, with its number at the end."
    } else {
        ""
    };
    let loss = draw("loss", "loss", &LOSSES, &folds);
    let figures = draw("validated", "share", &FIGURES, &folds);
    let mut html = String::from("<div class=\"figures\">\n");
    html += &loss.map_or_else(String::new, |svg| {
        figure(&svg, &format!("Mean loss of each epoch.{each} Losses with class weights or smoothing are not comparable with the validation's."))
    });
    html += &figures.map_or_else(
        || not_available("the run has no validation cells"),
        |svg| {
            figure(
                &svg,
                &format!("Validation cells, uncalibrated, at one half.{each}"),
            )
        },
    );
    html += "</div>\n";
    if several {
        html += &paragraph("The epochs of each fold stand in its own report.");
        return html;
    }
    let rows: Vec<Vec<String>> = folds.iter().flatten().map(row).collect();
    let head = [
        "epoch",
        "learning rate",
        "training loss",
        "validation loss",
        "weighted F1",
        "balanced accuracy",
        "AUC",
        "best so far",
    ];
    html + &folded_table("Epochs", &head, &rows)
}

fn row(record: &EpochRecord) -> Vec<String> {
    let of = |value: fn(&ValidationFigures) -> f64| {
        record
            .validation
            .as_ref()
            .map_or_else(|| "-".into(), |v| three(value(v)))
    };
    vec![
        record.epoch.to_string(),
        format!("{:.1e}", record.learning_rate),
        three(record.loss),
        of(|v| v.loss),
        of(|v| v.weighted_f1),
        of(|v| v.balanced_accuracy),
        of(|v| v.auc),
        if record.best { "yes" } else { "" }.into(),
    ]
}

/// The epochs of a run; lines that cannot be read, such as a torn last one, are left out.
fn records(folder: &Path) -> Vec<EpochRecord> {
    let text = std::fs::read_to_string(folder.join("metrics.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|l| serde_json::from_str(l).ok())
        .collect()
}

/// None where no epoch has any of the values.
fn draw(id: &str, name: &str, series: &[Series], folds: &[Vec<EpochRecord>]) -> Option<String> {
    let points = |of: fn(&EpochRecord) -> Option<f64>, records: &[EpochRecord]| -> Vec<(f64, f64)> {
        let point = |r: &EpochRecord| Some((r.epoch as f64, of(r).filter(|v| v.is_finite())?));
        records.iter().filter_map(point).collect()
    };
    let all: Vec<(f64, f64)> = series
        .iter()
        .flat_map(|(_, of)| folds.iter().flat_map(|f| points(*of, f)))
        .collect();
    let first = *all.first()?;
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        all.iter()
            .map(of)
            .fold((of(&first), of(&first)), |(l, h), v| (l.min(v), h.max(v)))
    };
    let (epochs, values) = (bounds(|p| p.0), bounds(|p| p.1));
    let room = ((values.1 - values.0) * 0.06).max(0.01);
    let mut plot = Plot::by_epoch(
        (epochs.0.min(epochs.1 - 1.0), epochs.1),
        (values.0 - room, values.1 + room),
        name,
        series.len(),
    );
    for (i, (key, of)) in series.iter().enumerate() {
        for (number, fold) in folds.iter().enumerate() {
            let points = points(*of, fold);
            plot.line(&points, Stroke::Label(i));
            // A line of one point would not be seen.
            if let [only] = points[..] {
                plot.dot(only.0, only.1, 3.0);
            }
            if let (Some(end), true) = (points.last(), folds.len() > 1) {
                plot.mark(end.0, end.1, &number.to_string());
            }
        }
        plot.key(Stroke::Label(i), key);
    }
    let names: Vec<&str> = series.iter().map(|s| s.0).collect();
    let text = format!(
        "{} over epochs {:.0} to {:.0}, between {:.3} and {:.3}.",
        names.join(", "),
        epochs.0,
        epochs.1,
        values.0,
        values.1
    );
    Some(plot.finish(id, &format!("Learning curves: {name}"), &text))
}
