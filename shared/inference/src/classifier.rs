//! The network that this device runs, with everything its package says about the outputs.

use super::network::{Network, NetworkRunner};
use super::source::ModelSource;
use crate::{Error, ErrorKind, Result};
use blastscope_shared::calibration::{Calibration, Classification};
use blastscope_shared::class::{LabelSet, Roles, UNIDENTIFIED};
use blastscope_shared::metrics::{MeasuredErrors, Performance};
use blastscope_shared::package::{NumberFormat, Package};
use blastscope_shared::preprocess::{CellCrop, InputSpec};
use blastscope_shared::stain::StainReference;
use blastscope_shared::unknown::UnknownReference;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Which network of a package is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberFormatChoice {
    /// The faster one on this device. int8 unless f32 takes less than three quarters of its time, so
    /// that chance does not choose between two that are alike.
    #[default]
    Auto,
    /// 8-bit integers.
    Int8,
    /// Single precision.
    F32,
}

/// One network of a package as this device runs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Its number format.
    pub precision: NumberFormat,
    /// Time of one cell on one core.
    pub cell_time: Duration,
}

/// Name of a model as it stands in rows and exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelName {
    /// Name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The precision in use.
    pub precision: String,
}

/// A classifier whose golden outputs hold on this device. Shared; every thread takes a worker.
#[derive(Debug)]
pub struct Classifier {
    model: ModelName,
    labels: LabelSet,
    roles: Option<Roles>,
    input: InputSpec,
    stain: Option<StainReference>,
    calibration: Calibration,
    performance: Option<Performance>,
    errors: Option<MeasuredErrors>,
    unknown: Option<UnknownReference>,
    network: Network,
    measured: Vec<Measured>,
}

/// One thread's way to classify.
pub struct ClassifierWorker {
    classifier: Arc<Classifier>,
    runner: NetworkRunner,
}

impl Classifier {
    /// Opens a package, checks its golden outputs on this device and chooses the network.
    pub fn load(source: &ModelSource, choice: NumberFormatChoice) -> Result<Self> {
        let package = source.open()?;
        Self::from_package(&package, choice).map_err(|e| {
            let outer = Error::at(e.kind(), &source.package, &e);
            match std::error::Error::source(&e) {
                Some(inner) => outer.with_source(inner.to_string()),
                None => outer,
            }
        })
    }

    /// As [`Classifier::load`], for a package that is open. With [`NumberFormatChoice::Auto`] a network
    /// that fails its check is left out and said so; none left is an error.
    pub fn from_package(package: &Package, choice: NumberFormatChoice) -> Result<Self> {
        let manifest = package.manifest();
        let candidates = match choice {
            NumberFormatChoice::Auto => manifest.precisions.clone(),
            NumberFormatChoice::Int8 => vec![NumberFormat::Int8],
            NumberFormatChoice::F32 => vec![NumberFormat::F32],
        };
        let mut checked = Vec::new();
        let mut refused = None;
        for precision in candidates {
            match Self::check_network(package, precision) {
                Ok((network, cell_time)) => checked.push((network, Measured { precision, cell_time })),
                Err(e) => {
                    tracing::warn!("{}: {e}", precision.name());
                    refused = Some(e);
                }
            }
        }
        let measured: Vec<Measured> = checked.iter().map(|(_, m)| *m).collect();
        let best = checked.into_iter().min_by_key(|(_, m)| match m.precision {
            NumberFormat::Int8 => m.cell_time * 3,
            NumberFormat::F32 => m.cell_time * 4,
        });
        let Some((network, _)) = best else {
            return Err(refused.unwrap_or_else(|| {
                Error::new(
                    ErrorKind::Package,
                    "the package holds no network: export it again",
                )
            }));
        };
        Ok(Self {
            model: ModelName {
                name: manifest.name.clone(),
                version: manifest.version.clone(),
                precision: network.number_format().name().to_owned(),
            },
            labels: manifest.labels.clone(),
            roles: manifest
                .roles()
                .map_err(|e| Error::new(ErrorKind::Package, e.to_string()))?,
            input: manifest.input.clone(),
            stain: manifest.stain.clone(),
            calibration: manifest.calibration.clone(),
            performance: manifest.performance,
            errors: manifest.errors.clone(),
            unknown: manifest.unknown.clone(),
            network,
            measured,
        })
    }

    /// How often it errs; `None` when its package does not say.
    pub fn performance(&self) -> Option<Performance> {
        self.performance
    }

    /// What it calls the cells of others than those it was trained on; `None` when its package does not say.
    pub fn errors(&self) -> Option<&MeasuredErrors> {
        self.errors.as_ref()
    }

    /// How far a cell may be from what it was trained on; `None` when that is not measured.
    pub fn unknown(&self) -> Option<&UnknownReference> {
        self.unknown.as_ref()
    }

    /// The role of each label; `None` where no label is a blast.
    pub fn roles(&self) -> Option<&Roles> {
        self.roles.as_ref()
    }

    /// Index of the label whose probability is reported: the blast's; the first where no label is one.
    pub fn reported_label(&self) -> usize {
        self.roles.as_ref().map_or(0, Roles::blast)
    }

    /// Loads one network of a package, checks its golden outputs and tells the time of one cell.
    pub fn check_network(package: &Package, precision: NumberFormat) -> Result<(Network, Duration)> {
        let golden = package
            .golden()
            .map_err(|e| Error::new(ErrorKind::Package, e.to_string()))?;
        let tolerance = package
            .manifest()
            .golden_tolerance
            .get(&precision)
            .copied()
            .ok_or_else(|| {
                let message = format!(
                    "the manifest states no golden tolerance for {}: export it again",
                    precision.name()
                );
                Error::new(ErrorKind::Package, message)
            })?;
        let network = Network::load(package, precision)?;
        let cell_time = network.check(&golden, tolerance)?;
        Ok((network, cell_time))
    }

    /// A worker for one thread.
    pub fn worker(self: &Arc<Self>) -> Result<ClassifierWorker> {
        Ok(ClassifierWorker {
            runner: self.network.runner()?,
            classifier: Arc::clone(self),
        })
    }

    /// Name, version and precision.
    pub fn model(&self) -> &ModelName {
        &self.model
    }

    /// Labels in the order of the network's outputs.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// Size and scale of the network's input.
    pub fn input(&self) -> &InputSpec {
        &self.input
    }

    /// Colours of the cells that trained the network, if its package states them.
    pub fn stain(&self) -> Option<&StainReference> {
        self.stain.as_ref()
    }

    /// The roles of its labels, for work that goes cell by cell. Refuses a package that judges whole pictures, or does not
    /// say which label is the blast; `what` names the work.
    pub fn must_judge_cells(&self, what: &str) -> Result<&Roles> {
        if self.input.framing.is_masked_cell() {
            return self.roles.as_ref().ok_or_else(|| {
                let message = format!(
                    "{} {} does not say which of its labels is the blast; {what} needs that: give another --model, or \
                     export it again with the role of each label",
                    self.model.name, self.model.version
                );
                Error::new(ErrorKind::Package, message)
            });
        }
        let message = format!(
            "{} {} judges whole pictures; {what} needs one that judges cells: give another --model, or use \
             `blastscope classify`",
            self.model.name, self.model.version
        );
        Err(Error::new(ErrorKind::Package, message))
    }

    /// How its logits become decisions.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The networks that passed their check here, with the time of one cell.
    pub fn measured(&self) -> &[Measured] {
        &self.measured
    }

    /// The name of a decided label.
    pub fn decision_name(&self, verdict: &Classification) -> &str {
        self.labels.name(verdict.decision).unwrap_or(UNIDENTIFIED)
    }

    /// The name of a class: a label, or [`UNIDENTIFIED`].
    pub fn class_name(&self, verdict: &Classification) -> &str {
        verdict
            .class
            .and_then(|c| self.labels.name(c))
            .unwrap_or(UNIDENTIFIED)
    }
}

impl ClassifierWorker {
    /// Calibrated probabilities, decision and class of one cell.
    pub fn classify(&mut self, crop: &CellCrop) -> Result<Classification> {
        let row = self.runner.logits(crop)?;
        let (logits, point) = row.split_at(self.classifier.labels.len().min(row.len()));
        let judged = self.classifier.calibration.judge(logits).ok_or_else(|| {
            let message = "the network gives no finite numbers for this cell: use another precision";
            Error::new(ErrorKind::Network, message)
        })?;
        Ok(match &self.classifier.unknown {
            Some(unknown) => judged.at_distance(unknown.distance(point)),
            None => judged,
        })
    }

    /// The classifier it works for.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }
}
