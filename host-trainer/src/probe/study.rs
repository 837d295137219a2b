//! A probe with the figures that say how good it is: of folds that keep subjects whole, and of every source that others
//! were trained without.

use super::balance::{Row, Target, balanced, source_of};
use super::features::Features;
use super::folds::{FOLDS, folds};
use super::perceptron::{Perceptron, PerceptronSettings, fit_perceptron};
use super::softmax::{Linear, SoftmaxSettings, fit_softmax};
use super::standard::Standard;
use super::whitening::{Whitening, whiten};
use crate::data::Collection;
use crate::{Error, ErrorKind};
use blastscope_shared::calibration::{Calibration, Classification, fit_abstention, fit_temperature};
use blastscope_shared::unknown::UnknownReference;
use std::collections::{BTreeMap, BTreeSet};
use tch::{Kind, Tensor};

/// How a probe is fitted and where it abstains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StudyRequest {
    /// Of the softmax regression, where there is no hidden layer.
    pub softmax: SoftmaxSettings,
    /// Of the hidden layer.
    pub hidden: Option<PerceptronSettings>,
    /// Numbers of a point in the space of distances.
    pub dimensions: usize,
    /// Share of validation cells that stay unidentified because no label is likely enough, in [0, 1).
    pub abstain_share: f64,
    /// Share of validation cells that stay unidentified for their distance, in [0, 1).
    pub unknown_share: f64,
    /// The label of what is no cell, which cells that are spoilt are fitted as.
    pub nothing: Option<usize>,
}

/// What a probe says of one cell that it was not trained on.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    /// The cell.
    pub cell: usize,
    /// Logits in the order of the labels.
    pub logits: Vec<f32>,
    /// Decision, class and distance.
    pub says: Classification,
    /// Squared distance to the nearest centre, not in limits.
    pub distance: f32,
}

/// A probe of all cells, and what probes of fewer say of the others.
pub(crate) struct Study {
    /// The fold that each cell is tested in.
    pub fold: Vec<usize>,
    /// Every cell, said by the probe of the other folds.
    pub tested: Vec<Called>,
    /// What spoilt cells are called, kind by kind, by the probe of the other folds.
    pub spoilt: BTreeMap<&'static str, Vec<Called>>,
    /// For each source, its cells said by the probe of the other sources.
    pub left_out: BTreeMap<String, (Probe, Vec<Called>)>,
    /// Fitted on all cells, calibrated on what the folds say.
    pub probe: Probe,
}

/// From features, as they are, to logits.
#[derive(Debug)]
pub(crate) enum Head {
    /// By one linear map.
    Linear(Linear),
    /// Through a hidden layer.
    Perceptron(Perceptron),
}

impl Head {
    fn apply(&self, x: &Tensor) -> Result<Tensor, Error> {
        match self {
            Self::Linear(linear) => linear.apply(x),
            Self::Perceptron(perceptron) => perceptron.apply(x),
        }
    }
}

/// A fitted last layer with its calibration; takes features as they are.
#[derive(Debug)]
pub(crate) struct Probe {
    /// Logits.
    pub logits: Head,
    /// Points in the space of distances.
    pub points: Linear,
    /// From logits to a decision.
    pub calibration: Calibration,
    /// From points to the unknown.
    pub unknown: UnknownReference,
}

/// A probe before it is calibrated.
struct Fitted {
    logits: Head,
    points: Linear,
    centres: Vec<Vec<f32>>,
}

struct Fitter<'a> {
    collection: &'a Collection,
    features: &'a Features,
    request: StudyRequest,
}

impl Study {
    /// Fits `FOLDS * 2` probes on folds, one without each source, and one on all.
    pub(crate) fn run(
        collection: &Collection,
        features: &Features,
        request: StudyRequest,
        mut tell: impl FnMut(&str),
    ) -> Result<Self, Error> {
        let fitter = Fitter {
            collection,
            features,
            request,
        };
        let fold = folds(collection);
        let all: Vec<usize> = (0..fold.len()).collect();
        let where_fold =
            |keep: &dyn Fn(usize) -> bool| all.iter().copied().filter(|c| keep(fold[*c])).collect::<Vec<_>>();
        let mut tested = Vec::with_capacity(all.len());
        let mut spoilt = BTreeMap::new();
        for k in 0..FOLDS {
            // Few groups may leave a fold empty.
            let sound = |f: &usize| all.iter().any(|c| fold[*c] == *f && fitter.is_known(*c));
            let Some(validation) = (1..FOLDS)
                .map(|d| (k + d) % FOLDS)
                .find(sound)
                .filter(|_| fold.contains(&k))
            else {
                continue;
            };
            tell(&format!("fold {} of {FOLDS}", k + 1));
            let first = fitter.fit(&where_fold(&|f| f != k && f != validation))?;
            let calibrated = fitter.calibrated(first, &where_fold(&|f| f == validation))?;
            let whole = fitter.fit(&where_fold(&|f| f != k))?;
            let probe = Probe {
                unknown: UnknownReference {
                    centres: whole.centres,
                    ..calibrated.unknown
                },
                logits: whole.logits,
                points: whole.points,
                calibration: calibrated.calibration,
            };
            tested.extend(probe.call(features, &where_fold(&|f| f == k))?);
            for made in features.spoilt() {
                let (cells, vectors) = made.of(|c| fold[c] == k)?;
                let called = probe.call_vectors(&vectors, &cells)?;
                spoilt
                    .entry(made.kind.name())
                    .or_insert_with(Vec::new)
                    .extend(called);
            }
        }
        tested.sort_by_key(|c| c.cell);
        let sources: BTreeSet<&str> = all.iter().map(|c| source_of(collection, *c)).collect();
        let mut left_out = BTreeMap::new();
        for source in sources.iter().filter(|_| sources.len() > 1) {
            tell(&format!("without {source}"));
            let of = |c: &usize| source_of(collection, *c) == *source;
            let rest = |keep: &dyn Fn(usize) -> bool| {
                let mut cells = where_fold(keep);
                cells.retain(|c| !of(c));
                cells
            };
            let fitted = fitter.fit(&rest(&|f| f != 0))?;
            let probe = fitter.calibrated(fitted, &rest(&|f| f == 0))?;
            let own: Vec<usize> = all.iter().copied().filter(of).collect();
            let called = probe.call(features, &own)?;
            left_out.insert((*source).to_owned(), (probe, called));
        }
        tell("all cells");
        let fitted = fitter.fit(&all)?;
        let probe = fitter.released(fitted, &tested)?;
        Ok(Self {
            fold,
            tested,
            spoilt,
            left_out,
            probe,
        })
    }
}

impl Fitter<'_> {
    fn is_known(&self, cell: usize) -> bool {
        Target::of(self.collection, cell).label().is_some()
    }

    fn fit(&self, cells: &[usize]) -> Result<Fitted, Error> {
        let labels = self.collection.labels.len();
        let own: Vec<Row<'_>> = cells.iter().map(|c| Row::of(self.collection, *c)).collect();
        let mut all_rows: Vec<Row<'_>> = Vec::new();
        (0..self.features.copies()).for_each(|_| all_rows.extend(own.iter().cloned()));
        let mut parts = vec![self.features.take_all(cells)?];
        if let Some(nothing) = self.request.nothing {
            let among: BTreeSet<usize> = cells.iter().copied().collect();
            for spoilt in self.features.spoilt() {
                let (made, vectors) = spoilt.of(|c| among.contains(&c))?;
                all_rows.extend(made.iter().map(|c| Row {
                    target: Target {
                        labels: vec![nothing],
                    },
                    source: spoilt.kind.name(),
                    ..Row::of(self.collection, *c)
                }));
                parts.push(vectors);
            }
        }
        let x = Tensor::f_cat(&parts, 0)?;
        let shares: Vec<f32> = balanced(&all_rows).iter().map(|w| *w as f32).collect();
        let mut allowed = vec![0f32; all_rows.len() * labels];
        for (row, of) in allowed.chunks_mut(labels).zip(&all_rows) {
            of.target.labels.iter().for_each(|l| row[*l] = 1.0);
        }
        let weights = Tensor::f_from_slice(&shares)?;
        let allowed = Tensor::f_from_slice(&allowed)?.f_reshape([-1, labels as i64])?;
        let standard = Standard::of(&x, &weights)?;
        let x = standard.apply(&x)?;
        let head = match self.request.hidden {
            None => {
                Head::Linear(fit_softmax(&x, &allowed, &weights, self.request.softmax)?.of_raw(&standard)?)
            }
            Some(settings) => {
                let fitted = fit_perceptron(&x, &allowed, &shares, settings)?;
                Head::Perceptron(Perceptron {
                    hidden: fitted.hidden.of_raw(&standard)?,
                    logits: fitted.logits,
                })
            }
        };
        let weights = weights.f_narrow(0, 0, own.len() as i64)?;
        let targets: Vec<Target> = own.into_iter().map(|row| row.target).collect();
        let Whitening { map, centres } = self.whitening(cells, &targets, &standard, &weights)?;
        Ok(Fitted {
            logits: head,
            points: map.of_raw(&standard)?,
            centres: rows(&centres)?,
        })
    }

    /// Over the cells as they are, whose label and source are a kind.
    fn whitening(
        &self,
        cells: &[usize],
        targets: &[Target],
        standard: &Standard,
        weights: &Tensor,
    ) -> Result<Whitening, Error> {
        let mut kinds: BTreeMap<(&Target, &str), i64> = BTreeMap::new();
        for (target, cell) in targets.iter().zip(cells) {
            let next = kinds.len() as i64;
            kinds
                .entry((target, source_of(self.collection, *cell)))
                .or_insert(next);
        }
        let of: Vec<i64> = targets
            .iter()
            .zip(cells)
            .map(|(t, c)| kinds[&(t, source_of(self.collection, *c))])
            .collect();
        let x = standard.apply(&self.features.take(0, cells)?)?;
        let weights = weights.f_div(&weights.f_sum(Kind::Float)?)?;
        whiten(&x, &of, kinds.len(), &weights, self.request.dimensions)
    }

    fn calibrated(&self, fitted: Fitted, validation: &[usize]) -> Result<Probe, Error> {
        let probe = fitted.uncalibrated();
        let called = probe.call(self.features, validation)?;
        self.calibrate(probe, &called)
    }

    /// Calibrated on what probes of other folds say of each fold.
    fn released(&self, fitted: Fitted, tested: &[Called]) -> Result<Probe, Error> {
        self.calibrate(fitted.uncalibrated(), tested)
    }

    fn calibrate(&self, probe: Probe, called: &[Called]) -> Result<Probe, Error> {
        let known = || {
            let label = |c: &Called| Target::of(self.collection, c.cell).label();
            called.iter().filter_map(move |c| label(c).map(|l| (c, l)))
        };
        let logits: Vec<Vec<f32>> = known().map(|(c, _)| c.logits.clone()).collect();
        let labels: Vec<usize> = known().map(|(_, l)| l).collect();
        if logits.is_empty() {
            return Err(Error::new(
                ErrorKind::Cells,
                "no validation cell has a known label: add cells of more subjects",
            ));
        }
        let uncertain = Calibration {
            temperature: fit_temperature(&logits, &labels),
            ..Calibration::identity()
        };
        let probabilities = logits.iter().filter_map(|row| uncertain.probabilities(row));
        let (threshold, abstain) = if self.collection.labels.len() == 2 {
            let first: Vec<f32> = probabilities.filter_map(|p| p.first().copied()).collect();
            (0.5, fit_abstention(&first, 0.5, self.request.abstain_share))
        } else {
            let tops = probabilities
                .map(|p| p.iter().copied().fold(0.0, f32::max))
                .collect();
            let high = quantile(tops, self.request.abstain_share).clamp(0.01, 0.99);
            (high.min(0.5), [0.0, high])
        };
        let distances: Vec<f32> = called.iter().map(|c| c.distance).collect();
        let limit = quantile(distances.clone(), 1.0 - self.request.unknown_share).max(f32::MIN_POSITIVE);
        Ok(Probe {
            calibration: Calibration {
                threshold,
                abstain,
                ..uncertain
            },
            unknown: UnknownReference {
                limit,
                typical: quantile(distances, 0.5).clamp(f32::MIN_POSITIVE, limit),
                ..probe.unknown
            },
            ..probe
        })
    }
}

impl Fitted {
    fn uncalibrated(self) -> Probe {
        Probe {
            logits: self.logits,
            points: self.points,
            calibration: Calibration::identity(),
            unknown: UnknownReference {
                centres: self.centres,
                limit: 1.0,
                typical: 1.0,
            },
        }
    }
}

impl Probe {
    /// What it says of these cells as they are.
    pub(crate) fn call(&self, features: &Features, cells: &[usize]) -> Result<Vec<Called>, Error> {
        self.call_vectors(&features.take(0, cells)?, cells)
    }

    /// The same of vectors, `[cells, width]`.
    fn call_vectors(&self, x: &Tensor, cells: &[usize]) -> Result<Vec<Called>, Error> {
        let (logits, points) = (rows(&self.logits.apply(x)?)?, rows(&self.points.apply(x)?)?);
        let mut called = Vec::with_capacity(cells.len());
        for ((&cell, logits), point) in cells.iter().zip(logits).zip(points) {
            let judged = self.calibration.judge(&logits).ok_or_else(|| {
                Error::new(
                    ErrorKind::Diverged,
                    "the probe gives numbers that are none: raise --ridge",
                )
            })?;
            let in_limits = self.unknown.distance(&point);
            called.push(Called {
                cell,
                logits,
                says: judged.at_distance(in_limits),
                distance: in_limits * self.unknown.limit,
            });
        }
        Ok(called)
    }
}

fn rows(matrix: &Tensor) -> Result<Vec<Vec<f32>>, Error> {
    Ok(Vec::<Vec<f32>>::try_from(matrix)?)
}

/// The value below which this share of the values lies; 0 without values.
fn quantile(mut values: Vec<f32>, share: f64) -> f32 {
    values.sort_by(f32::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = (last as f64 * share.clamp(0.0, 1.0)).round() as usize;
    values.get(at).copied().unwrap_or(0.0)
}
