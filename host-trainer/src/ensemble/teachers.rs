use super::distillation::sha256_of;
use super::leak::check_leaks;
use crate::data::DataSet;
use crate::evaluate::write_json;
use crate::network::{Network, label_logits};
use crate::train::{Distillation, Recipe, Run, RunDescription, SoftTargets, Teacher};
use crate::{Error, ErrorKind};
use blastscope_network::{Graph, NodeId};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::preprocess::InputSpec;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use tch::{Kind, Tensor};

/// Teachers at work: they judge the very pictures that their student sees, augmented as they are
/// (consistent teaching, Beyer et al. 2022).
#[derive(Debug)]
pub(crate) struct Teachers {
    settings: Distillation,
    teachers: Vec<Judge>,
}

/// One of the teachers.
#[derive(Debug)]
struct Judge {
    network: Network,
    /// Its logits are divided by this to be calibrated.
    temperature: f64,
    weight: f64,
    /// Its last map of features.
    map: NodeId,
    view: View,
}

/// From a student's picture to a teacher's.
#[derive(Debug, Clone, Copy)]
struct View {
    /// Side of the student's picture.
    from: i64,
    /// The same part of the world at the teacher's scale.
    scaled: i64,
    /// Side of the teacher's picture.
    to: i64,
}

/// `distillation.json` in the folder of a student.
#[derive(Debug, Serialize)]
struct Written<'a> {
    disclaimer: &'a str,
    distillation: &'a Distillation,
    /// Subject groups that validate the student and that a teacher learnt from.
    validation_subjects_of_teachers: &'a BTreeSet<String>,
    warnings: &'a [String],
}

impl Teachers {
    /// Opens the teachers that the recipe names, for a student of this fold; `None` where it names none. The
    /// second value holds the subject groups that validate the student and that a teacher learnt from.
    /// Refuses teachers that have not ended, changed since, have other labels, see pictures of another kind,
    /// or learnt from subjects that the student tests.
    pub(crate) fn open(
        recipe: &Recipe,
        description: &RunDescription,
        data: &DataSet,
        device: tch::Device,
    ) -> Result<Option<(Self, BTreeSet<String>)>, Error> {
        let Some(settings) = &recipe.distillation else {
            return Ok(None);
        };
        let mut seen = BTreeSet::new();
        let mut teachers = Vec::new();
        for choice in &settings.teachers {
            let refuse = |why: String| {
                Err(Error::new(
                    ErrorKind::Run,
                    format!("teacher {}: {why}", choice.run),
                ))
            };
            let teacher = Run::open(Path::new(&choice.run))?;
            let network = teacher.best_network(device)?;
            if sha256_of(&teacher)? != choice.sha256 {
                return refuse(
                    "was trained again since it was chosen: begin the student in another --out".into(),
                );
            }
            if teacher.description().labels != description.labels {
                let names = teacher.description().labels.names().join(", ");
                return refuse(format!(
                    "its labels are {names}: a student needs the same, in the same order"
                ));
            }
            let view = View::between(&recipe.input, &teacher.recipe().input);
            let Some(view) = view else {
                return refuse(
                    "it sees pictures of another framing or enhancement (input): give teachers of the student's".into(),
                );
            };
            seen.extend(check_leaks(&teacher, choice, description, data)?);
            teachers.push(Judge {
                map: network.graph().last_map()?,
                network,
                temperature: f64::from(choice.temperature),
                weight: choice.weight,
                view,
            });
        }
        let settings = settings.clone();
        Ok(Some((Self { settings, teachers }, seen)))
    }

    /// The teachers of a run, if it has any; writes `distillation.json` into its folder. Refuses other data than
    /// those of the run.
    pub(crate) fn of(run: &Run, data: &DataSet, device: tch::Device) -> Result<Option<Self>, Error> {
        run.check_data(data)?;
        let Some((teachers, seen)) = Self::open(run.recipe(), run.description(), data, device)? else {
            return Ok(None);
        };
        let mut warnings = Vec::new();
        if !seen.is_empty() {
            let names: Vec<&str> = seen.iter().map(String::as_str).collect();
            warnings.push(format!(
                "teachers learnt from {} of the subjects that validate the student ({}): which of its epochs is kept, \
                 and its calibration, are optimistic; its test is not",
                names.len(),
                names.join(", ")
            ));
        }
        warnings.iter().for_each(|w| eprintln!("WARNING: {w}"));
        let written = Written {
            disclaimer: DISCLAIMER,
            distillation: &teachers.settings,
            validation_subjects_of_teachers: &seen,
            warnings: &warnings,
        };
        write_json(&run.folder().join("distillation.json"), &written)?;
        Ok(Some(teachers))
    }
}

impl Teacher for Teachers {
    /// The student's graph, with a projection a teacher where features are compared.
    fn training_graph(&self, graph: &Graph) -> Result<(Graph, Vec<NodeId>), Error> {
        if self.settings.features == 0.0 {
            return Ok((graph.clone(), Vec::new()));
        }
        let channels = |t: &Judge| t.network.graph().node(t.map).shape.channels();
        let lengths: Vec<usize> = self.teachers.iter().map(channels).collect();
        Ok(graph.with_projections(&lengths)?)
    }

    fn soft_targets(&self, pictures: &Tensor) -> Result<SoftTargets, Error> {
        tch::no_grad(|| {
            let mut probabilities: Option<Tensor> = None;
            let mut features = Vec::new();
            for teacher in &self.teachers {
                let seen = teacher.view.of(pictures)?;
                let wanted = [teacher.map, teacher.network.graph().output()];
                let values = teacher.network.forward_to(&seen, false, &wanted)?;
                let [map, logits] = &values[..] else {
                    return Err(Error::new(
                        ErrorKind::Network,
                        "a teacher gives no logits: choose another one",
                    ));
                };
                let softened = teacher.temperature * self.settings.temperature;
                let p = label_logits(logits)?
                    .f_div_scalar(softened)?
                    .f_softmax(1, Kind::Float)?;
                let p = p.f_mul_scalar(teacher.weight)?;
                probabilities = Some(match probabilities {
                    Some(before) => before.f_add(&p)?,
                    None => p,
                });
                if self.settings.features > 0.0 {
                    let pooled = map.f_mean_dim(&[2i64, 3][..], false, Kind::Float)?;
                    features.push((pooled, teacher.weight));
                }
            }
            let probabilities = probabilities
                .ok_or_else(|| Error::new(ErrorKind::Recipe, "distillation.teachers: at least one"))?;
            Ok(SoftTargets {
                probabilities,
                features,
            })
        })
    }
}

impl View {
    /// `None` where the two see pictures of different kinds.
    fn between(student: &InputSpec, teacher: &InputSpec) -> Option<Self> {
        if student.framing != teacher.framing || student.enhancement != teacher.enhancement {
            return None;
        }
        let (from, to) = (i64::from(student.size), i64::from(teacher.size));
        let scale = f64::from(student.nanometres_per_pixel) / f64::from(teacher.nanometres_per_pixel);
        let scaled = match student.framing.is_masked_cell() {
            true => ((from as f64 * scale).round() as i64).max(1),
            // The whole picture, at whatever scale it has.
            false => to,
        };
        Some(Self { from, scaled, to })
    }

    /// The picture as it is where sizes and scales are equal. Else brought to the teacher's scale (bilinear,
    /// with antialiasing where it shrinks), then cut or padded with black about its centre.
    fn of(self, pictures: &Tensor) -> Result<Tensor, Error> {
        let mut seen = pictures.shallow_clone();
        if self.scaled != self.from {
            seen = seen.f_internal_upsample_bilinear2d_aa([self.scaled; 2], false, None, None)?;
        }
        if self.scaled > self.to {
            let first = (self.scaled - self.to) / 2;
            seen = seen.f_narrow(2, first, self.to)?.f_narrow(3, first, self.to)?;
        } else if self.scaled < self.to {
            let before = (self.to - self.scaled) / 2;
            let after = self.to - self.scaled - before;
            seen = seen.f_constant_pad_nd([before, after, before, after])?;
        }
        Ok(seen)
    }
}
