use super::{Discrimination, Figures, Prediction, Protocol, Scored, SubjectAccuracy, SubjectFigures};
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;
use blastscope_shared::metrics::{
    ReliabilityBin, RocPoint, expected_calibration_error, reliability, roc_curve,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The figures of a network on test cells, beside those of cell area alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Stands on everything.
    pub disclaimer: String,
    /// What was evaluated, in a few words.
    pub title: String,
    /// Labels; the first is the positive one.
    pub labels: LabelSet,
    /// Fitted on validation cells.
    pub calibration: Calibration,
    /// How test cells were kept apart.
    #[serde(default, skip_serializing_if = "Protocol::is_default")]
    pub protocol: Protocol,
    /// The network.
    pub network: Figures,
    /// Cell area alone, where it can decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Figures>,
    /// What the abstention band does.
    pub unidentified: Unidentified,
    /// Mean over subject groups of the share decided right, where the data name subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_subject_accuracy: Option<f64>,
    /// One entry a subject group; none where the data name no subjects.
    pub subjects: Vec<SubjectFigures>,
    /// How many of them are decided right as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_accuracy: Option<SubjectAccuracy>,
    /// Confidence against accuracy, ten bins.
    pub reliability: Vec<ReliabilityBin>,
    /// Expected calibration error of the logits as they are, without temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncalibrated_ece: Option<f64>,
    /// The score of the first of two labels, or of each of more: sensitivity at high specificity, and the band
    /// about the ROC curve. Empty where one of the classes has no cells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discrimination: Vec<Discrimination>,
    /// Of the network, the first label against the rest.
    pub roc: Vec<RocPoint>,
    /// Of cell area alone.
    pub area_roc: Vec<RocPoint>,
    /// Of the network, each label against the rest, where there are more than two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub label_roc: Vec<Vec<RocPoint>>,
}

/// What the abstention band does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unidentified {
    /// Share of the cells that no label is given.
    pub share: f64,
    /// Weighted F1 of the others; none without both classes.
    pub weighted_f1_of_identified: Option<f64>,
}

impl Report {
    /// From the predictions of test cells; `area_sign` times an area is larger where it is more like the
    /// first label, `None` where no area decided.
    pub(crate) fn new(
        title: String,
        labels: &LabelSet,
        calibration: &Calibration,
        predictions: &[Prediction],
        area_sign: Option<f64>,
        protocol: Protocol,
    ) -> Self {
        const SEED: u64 = 1;
        // Where the data name no subjects, a group is a picture.
        let mut groups: BTreeMap<&str, Vec<&Prediction>> = BTreeMap::new();
        for p in predictions {
            groups.entry(&p.group).or_default().push(p);
        }
        let by_area = |p: &Prediction| {
            Some(Scored {
                truth: p.label,
                decision: p.by_area?,
                score: area_sign? * p.area? as f64,
                confidence: None,
                probabilities: &[],
            })
        };
        let network: Vec<Vec<Scored<'_>>> = groups
            .values()
            .map(|g| g.iter().map(|p| p.scored()).collect())
            .collect();
        let area: Option<Vec<Vec<Scored<'_>>>> = groups
            .values()
            .map(|g| g.iter().map(|p| by_area(p)).collect())
            .collect();
        let area = area.filter(|_| area_sign.is_some());
        let pairs = |cells: &[Vec<Scored<'_>>]| -> Vec<(f64, bool)> {
            cells.iter().flatten().map(|c| (c.score, c.truth == 0)).collect()
        };
        let right: Vec<(f64, bool)> = predictions
            .iter()
            .map(|p| (f64::from(p.confidence), p.decision == p.label))
            .collect();
        let identified: Vec<Scored<'_>> = predictions
            .iter()
            .filter(|p| p.class.is_some())
            .map(Prediction::scored)
            .collect();
        let named = groups.iter().filter(|_| !protocol.without_subjects);
        let subjects: Vec<SubjectFigures> = named
            .map(|(group, cells)| SubjectFigures::of(group, cells, labels))
            .collect();
        Self {
            disclaimer: DISCLAIMER.into(),
            title,
            labels: labels.clone(),
            calibration: calibration.clone(),
            network: Figures::of(&network, labels.len(), SEED),
            area: area.as_ref().map(|a| Figures::of(a, labels.len(), SEED)),
            unidentified: Unidentified {
                share: 1.0 - identified.len() as f64 / predictions.len().max(1) as f64,
                weighted_f1_of_identified: super::Figure::WeightedF1.of(&identified, labels.len()),
            },
            mean_subject_accuracy: (!protocol.without_subjects).then(|| {
                let right: f64 = subjects.iter().map(|s| s.right).sum();
                right / subjects.len().max(1) as f64
            }),
            discrimination: discrimination(&groups, labels, SEED),
            uncalibrated_ece: uncalibrated_ece(predictions),
            subject_accuracy: SubjectAccuracy::of(&subjects),
            protocol,
            subjects,
            reliability: reliability(&right, 10),
            roc: roc_curve(&pairs(&network)),
            area_roc: area.map_or_else(Vec::new, |a| roc_curve(&pairs(&a))),
            label_roc: label_roc(predictions, labels.len()),
        }
    }

    /// Reads a `report.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
        serde_json::from_slice(&bytes).map_err(|e| {
            let message = format!("{}: {e}; evaluate the run again", path.display());
            Error::new(ErrorKind::Run, message).caused_by(e)
        })
    }
}

/// The first of two labels, each of more; those that no cell has, or all have, are left out.
fn discrimination(
    groups: &BTreeMap<&str, Vec<&Prediction>>,
    labels: &LabelSet,
    seed: u64,
) -> Vec<Discrimination> {
    let count = if labels.len() > 2 { labels.len() } else { 1 };
    let of = |(label, name): (usize, &String)| {
        let score = |p: &&Prediction| (p.probability_of(label), p.label == label);
        let subjects: Vec<Vec<(f64, bool)>> =
            groups.values().map(|g| g.iter().map(score).collect()).collect();
        Discrimination::of(name, &subjects, seed)
    };
    labels
        .names()
        .iter()
        .take(count)
        .enumerate()
        .filter_map(of)
        .collect()
}

/// `None` without cells.
fn uncalibrated_ece(predictions: &[Prediction]) -> Option<f64> {
    let plain = Calibration::identity();
    let cell = |p: &Prediction| {
        let verdict = plain.judge(&p.logits)?;
        let most = verdict.probabilities.iter().copied().fold(0.0, f32::max);
        let right = verdict.probabilities.get(p.label) == Some(&most);
        Some((f64::from(most), right))
    };
    let cells: Vec<(f64, bool)> = predictions.iter().filter_map(cell).collect();
    (!cells.is_empty()).then(|| expected_calibration_error(&cells))
}

/// The curve of each of more than two labels against the rest.
fn label_roc(predictions: &[Prediction], labels: usize) -> Vec<Vec<RocPoint>> {
    let more = if labels > 2 { labels } else { 0 };
    let of = |label: usize| {
        let scores = predictions.iter().filter_map(|p| {
            let probability = p.probabilities.get(label)?;
            Some((f64::from(*probability), p.label == label))
        });
        roc_curve(&scores.collect::<Vec<_>>())
    };
    (0..more).map(of).collect()
}

/// Reads a `calibration.json`.
pub(crate) fn read_calibration(path: &Path) -> Result<Calibration, Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
    let calibration: Calibration = serde_json::from_slice(&bytes).map_err(|e| {
        let message = format!("{}: {e}; evaluate the run again", path.display());
        Error::new(ErrorKind::Run, message).caused_by(e)
    })?;
    calibration.check()?;
    Ok(calibration)
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value);
    let text =
        text.map_err(|e| Error::with_source(ErrorKind::Run, format!("cannot write {}", path.display()), e))?;
    durable_file::write(path, (text + "\n").as_bytes())
}
