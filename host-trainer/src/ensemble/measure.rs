use super::combine::{calibration, combine};
use super::{EnsemblePlan, Member, rate_name};
use crate::evaluate::{
    Figure, Prediction, Protocol, Report, Spread, draw_report, read_calibration, read_predictions,
    write_json, write_predictions,
};
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::DISCLAIMER;
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// `ensembles.json`: what ensembles reach on test cells, beside what their members reach alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ensembles {
    /// Stands on everything.
    pub disclaimer: String,
    /// What was measured, in a few words.
    pub title: String,
    /// Labels; the first is the positive one of two.
    pub labels: LabelSet,
    /// Test cells.
    pub cells: usize,
    /// Subject groups among them.
    pub subjects: usize,
    /// How they were kept apart.
    pub protocol: Protocol,
    /// The ensembles.
    pub ensembles: Vec<EnsemblePlan>,
    /// Their members by learning rate, the largest first.
    pub alone: Vec<Alone>,
}

/// What the members of one learning rate reach each by itself on the same test cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alone {
    /// `5 members of rate 1e-3`.
    pub name: String,
    /// Over those members.
    pub figures: BTreeMap<Figure, Spread>,
}

impl Ensembles {
    /// Measures what was chosen on the members' test predictions (`predictions.csv` of each run), and
    /// writes below `out` a folder an ensemble (`ensemble.json`, `predictions.csv`, `report.json`,
    /// `report.svg`). What stands of all together is written by [`Ensembles::write`].
    pub(crate) fn measure(
        mut plans: Vec<EnsemblePlan>,
        members: &[Member],
        out: &Path,
    ) -> Result<Self, Error> {
        let Some(first) = members.first() else {
            return Err(Error::new(ErrorKind::Run, "no members to measure"));
        };
        let labels = first.description.labels.clone();
        let mut tested: BTreeMap<&str, (Vec<Prediction>, Calibration)> = BTreeMap::new();
        for member in members {
            tested.insert(&member.sha256, test_of(member)?);
        }
        let report = Report::read(&first.folder.join("report.json"))?;
        let protocol = report.protocol;
        for plan in &mut plans {
            let of = plan
                .members
                .iter()
                .filter_map(|m| tested.get(m.sha256.as_str()).cloned());
            let weights: Vec<f64> = plan.members.iter().map(|m| m.weight).collect();
            let judged = combine(&of.collect::<Vec<_>>(), &weights)?;
            let folder = plan.folder(out);
            let title = protocol.titled(format!("{}, {}", first.recipe.name, plan.name));
            let report = Report::new(
                title,
                &labels,
                &calibration(labels.len()),
                &judged,
                None,
                protocol,
            );
            write_predictions(&folder.join("predictions.csv"), &labels, &judged)?;
            durable_file::write(&folder.join("report.svg"), draw_report(&report).as_bytes())?;
            write_json(&folder.join("report.json"), &report)?;
            plan.test = Some(report.network);
            plan.write(out)?;
        }
        Ok(Self {
            disclaimer: DISCLAIMER.into(),
            title: protocol.titled(format!("Ensembles of {}", first.recipe.name)),
            cells: report.network.cells as usize,
            subjects: report.subjects.len(),
            labels,
            protocol,
            ensembles: plans,
            alone: alone(members)?,
        })
    }
}

/// A member's judgement of its test cells and the calibration that goes with it.
fn test_of(member: &Member) -> Result<(Vec<Prediction>, Calibration), Error> {
    let path = member.folder.join("predictions.csv");
    if !path.exists() || !member.folder.join("report.json").exists() {
        return Err(Error::new(
            ErrorKind::Run,
            format!(
                "{}: its test cells have not been judged: give `blastscope-train evaluate --run {} --data DIR` first",
                member.folder.display(),
                member.folder.display()
            ),
        ));
    }
    let calibration = read_calibration(&member.folder.join("calibration.json"))?;
    Ok((read_predictions(&path, &member.description.labels)?, calibration))
}

fn alone(members: &[Member]) -> Result<Vec<Alone>, Error> {
    let mut by_rate: BTreeMap<u64, Vec<BTreeMap<Figure, f64>>> = BTreeMap::new();
    for member in members {
        let report = Report::read(&member.folder.join("report.json"))?;
        let rate = member.learning_rate().to_bits();
        by_rate.entry(rate).or_default().push(report.network.values);
    }
    let of = |(bits, each): (&u64, &Vec<BTreeMap<Figure, f64>>)| {
        let mut values: BTreeMap<Figure, Vec<f64>> = BTreeMap::new();
        for (figure, value) in each.iter().flatten() {
            values.entry(*figure).or_default().push(*value);
        }
        let count = each.len();
        let members = if count == 1 { "member" } else { "members" };
        let spread = |(f, v): (Figure, Vec<f64>)| Some((f, Spread::of(&v)?));
        Alone {
            name: format!("{count} {members} of rate {}", rate_name(f64::from_bits(*bits))),
            figures: values.into_iter().filter_map(spread).collect(),
        }
    };
    Ok(by_rate.iter().rev().map(of).collect())
}
