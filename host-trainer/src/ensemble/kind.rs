use super::{Member, ValidationWorth, rate_name};
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which members belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The fold models of one learning rate, an ensemble a rate (`wen2025`).
    InterLr,
    /// The best model of each learning rate (`wen2025`).
    IntraLr,
    /// All that were given.
    Members,
}

/// Members of one ensemble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// `inter-lr-1e-3`.
    pub name: String,
    /// Places in the list of members.
    pub members: Vec<usize>,
    /// How they were chosen, in words.
    pub how: String,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::InterLr, Self::IntraLr, Self::Members];

    /// As folders and the command line name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InterLr => "inter-lr",
            Self::IntraLr => "intra-lr",
            Self::Members => "members",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// The ensembles of a kind. The best model of a learning rate is the one of the highest accuracy on its
/// own validation cells, by which `wen2025` keeps its checkpoints; of equals that of the lower log-loss,
/// then the first. Refuses ensembles of one member and two models of one fold and rate.
pub(crate) fn groups(kind: Kind, members: &[Member], worth: &[ValidationWorth]) -> Result<Vec<Group>, Error> {
    let mut by_rate: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (i, member) in members.iter().enumerate() {
        // Positive numbers sort as their bits do.
        by_rate
            .entry(member.learning_rate().to_bits())
            .or_default()
            .push(i);
    }
    // The largest rate first, as the paper lists them.
    let rates: Vec<(f64, &Vec<usize>)> = by_rate
        .iter()
        .rev()
        .map(|(bits, of)| (f64::from_bits(*bits), of))
        .collect();
    let groups = match kind {
        Kind::Members => vec![Group {
            name: kind.name().into(),
            members: (0..members.len()).collect(),
            how: "all that were given".into(),
        }],
        Kind::InterLr => {
            let mut groups = Vec::new();
            for (rate, of) in rates {
                let folds: BTreeSet<Option<usize>> =
                    of.iter().map(|i| members[*i].description.fold).collect();
                if folds.len() < of.len() {
                    return Err(refuse(&format!(
                        "two runs are of the same fold at learning rate {}: give one of each fold",
                        rate_name(rate)
                    )));
                }
                groups.push(Group {
                    name: format!("{}-{}", kind.name(), rate_name(rate)),
                    members: of.clone(),
                    how: format!("the fold models of learning rate {}", rate_name(rate)),
                });
            }
            groups
        }
        Kind::IntraLr => {
            let better = |a: usize, b: usize| {
                let (a, b) = (&worth[a], &worth[b]);
                let by_loss = || b.log_loss.total_cmp(&a.log_loss);
                a.accuracy.total_cmp(&b.accuracy).then_with(by_loss).is_gt()
            };
            let best = |of: &Vec<usize>| of.iter().copied().reduce(|a, b| if better(b, a) { b } else { a });
            vec![Group {
                name: kind.name().into(),
                members: rates.iter().filter_map(|r| best(r.1)).collect(),
                how: "of each learning rate the model of the highest accuracy on its own validation cells"
                    .into(),
            }]
        }
    };
    if let Some(group) = groups.iter().find(|g| g.members.len() < 2) {
        let more = match kind {
            Kind::InterLr => "runs of two folds or more of each learning rate",
            Kind::IntraLr => "runs of two learning rates or more",
            Kind::Members => "two runs or more",
        };
        return Err(refuse(&format!(
            "{} has {} member, which is not an ensemble: give {more}",
            group.name,
            group.members.len()
        )));
    }
    Ok(groups)
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorKind::Run, why)
}
