use super::{AreaBaseline, Scored};
use crate::data::DataSet;
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::{LabelSet, UNIDENTIFIED};
use std::path::Path;

/// What a network says of one cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prediction {
    /// Path below the data folder.
    pub file: String,
    /// Subject group.
    pub group: String,
    /// True label.
    pub label: usize,
    /// Pixels of the cell at the scale of its picture, where that decides anything.
    pub area: Option<u64>,
    /// One a label.
    pub logits: Vec<f32>,
    /// Calibrated probability of the first label.
    pub probability: f32,
    /// Calibrated probability of the decided label.
    pub confidence: f32,
    /// Decided label.
    pub decision: usize,
    /// Decided label, or none: unidentified.
    pub class: Option<usize>,
    /// What cell area alone decides, where it can.
    pub by_area: Option<usize>,
    /// Calibrated probabilities of all labels; empty for two, whose first says all.
    pub probabilities: Vec<f32>,
}

impl Prediction {
    /// Judges cells by their logits, one row a cell.
    pub(crate) fn judge(
        data: &DataSet,
        cells: &[usize],
        logits: Vec<Vec<f32>>,
        calibration: &Calibration,
        baseline: Option<&AreaBaseline>,
    ) -> Result<Vec<Self>, Error> {
        let judged = cells.iter().zip(logits).map(|(&i, row)| {
            let cell = data.cell(i);
            let verdict = calibration.judge(&row).ok_or_else(|| {
                Error::new(
                    ErrorKind::Network,
                    format!(
                        "{}: the network gives {row:?}; train it again with a lower learning rate",
                        cell.file
                    ),
                )
            })?;
            Ok(Self {
                file: cell.file.clone(),
                group: cell.group.clone(),
                label: cell.label,
                area: baseline.map(|_| data.area(i)),
                probability: verdict.probabilities[0],
                confidence: verdict.probabilities[verdict.decision],
                decision: verdict.decision,
                class: verdict.class,
                by_area: baseline.map(|b| b.decide(data.area(i))),
                logits: row,
                probabilities: match verdict.probabilities.len() {
                    2 => Vec::new(),
                    _ => verdict.probabilities,
                },
            })
        });
        judged.collect()
    }

    /// Calibrated probability of a label.
    pub(crate) fn probability_of(&self, label: usize) -> f64 {
        match (self.probabilities.get(label), label) {
            (Some(p), _) => f64::from(*p),
            (None, 0) => f64::from(self.probability),
            (None, _) => 1.0 - f64::from(self.probability),
        }
    }

    /// For figures of the network.
    pub(crate) fn scored(&self) -> Scored<'_> {
        Scored {
            truth: self.label,
            decision: self.decision,
            score: f64::from(self.probability),
            confidence: Some(f64::from(self.confidence)),
            probabilities: &self.probabilities,
        }
    }
}

/// Writes `predictions.csv`: one line a cell.
pub(crate) fn write_predictions(
    path: &Path,
    labels: &LabelSet,
    predictions: &[Prediction],
) -> Result<(), Error> {
    let failed =
        |e: csv::Error| Error::with_source(ErrorKind::Io, format!("cannot write {}", path.display()), e);
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut head: Vec<String> = HEAD.map(str::to_owned).into();
    head.extend(labels.names().iter().map(|n| format!("logit_{n}")));
    if labels.len() > 2 {
        head.extend(labels.names().iter().map(|n| format!("probability_{n}")));
    }
    out.write_record(&head).map_err(failed)?;
    let name = |l: usize| labels.name(l).unwrap_or_default().to_owned();
    for p in predictions {
        let mut line = vec![
            p.file.clone(),
            p.group.clone(),
            name(p.label),
            name(p.decision),
            p.class.map_or_else(|| UNIDENTIFIED.to_owned(), name),
            p.probability.to_string(),
            p.confidence.to_string(),
            p.area.map_or_else(String::new, |a| a.to_string()),
            p.by_area.map_or_else(String::new, name),
        ];
        line.extend(p.logits.iter().chain(&p.probabilities).map(ToString::to_string));
        out.write_record(&line).map_err(failed)?;
    }
    let bytes = out
        .into_inner()
        .map_err(|e| Error::io("write", path, e.into_error()))?;
    durable_file::write(path, &bytes)
}

const HEAD: [&str; 9] = [
    "file",
    "subject_group",
    "label",
    "decision",
    "class",
    "probability",
    "confidence",
    "area",
    "decision_by_area",
];

/// Reads what [`write_predictions`] wrote.
pub(crate) fn read_predictions(path: &Path, labels: &LabelSet) -> Result<Vec<Prediction>, Error> {
    let refuse = |why: String| {
        Error::new(
            ErrorKind::Run,
            format!("{}: {why}; evaluate the run again", path.display()),
        )
    };
    let mut reader = csv::Reader::from_path(path).map_err(|e| refuse(e.to_string()).caused_by(e))?;
    let mut predictions = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| refuse(e.to_string()).caused_by(e))?;
        let line = record.position().map_or(0, csv::Position::line);
        let read = || -> Option<Prediction> {
            let label = |i: usize| labels.index_of(record.get(i)?);
            let number = |i: usize| record.get(i)?.parse::<f32>().ok();
            let numbers = |from: usize, count: usize| -> Option<Vec<f32>> {
                (from..from + count).map(number).collect()
            };
            Some(Prediction {
                file: record.get(0)?.to_owned(),
                group: record.get(1)?.to_owned(),
                label: label(2)?,
                decision: label(3)?,
                class: match record.get(4)? {
                    UNIDENTIFIED => None,
                    name => Some(labels.index_of(name)?),
                },
                probability: number(5)?,
                confidence: number(6)?,
                area: match record.get(7)? {
                    "" => None,
                    area => Some(area.parse().ok()?),
                },
                by_area: match record.get(8)? {
                    "" => None,
                    name => Some(labels.index_of(name)?),
                },
                logits: numbers(HEAD.len(), labels.len())?,
                probabilities: match labels.len() {
                    2 => Vec::new(),
                    n => numbers(HEAD.len() + n, n)?,
                },
            })
        };
        predictions.push(read().ok_or_else(|| refuse(format!("line {line} is not a prediction")))?);
    }
    Ok(predictions)
}
