use super::{Member, ValidationWorth, mixture_weights};
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What members are weighted by, always on validation cells that they were not trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Weighting {
    /// Accuracy (`wen2025`).
    Accuracy,
    /// F1 of the first of two labels, else the mean over labels (`wen2025`).
    F1,
    /// Cohen's kappa (`wen2025`).
    Kappa,
    /// All alike.
    Equal,
    /// Log-loss, made least: see [`weigh`].
    Optimised,
}

/// Weights and where they come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weighed {
    /// One a member, at least 0, with sum 1.
    pub weights: Vec<f64>,
    /// How they were come by, in words.
    pub how: String,
}

impl Weighting {
    /// Those of the paper first.
    pub(crate) const ALL: [Self; 5] = [
        Self::Accuracy,
        Self::F1,
        Self::Kappa,
        Self::Equal,
        Self::Optimised,
    ];

    /// As folders and the command line name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::F1 => "f1",
            Self::Kappa => "kappa",
            Self::Equal => "equal",
            Self::Optimised => "optimised",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|w| w.name() == name)
    }
}

/// Figures as weights with sum 1: a figure below 0 (kappa of a member that is worse than chance) counts 0;
/// where none is above 0 all weigh alike. True where that was so.
pub(crate) fn normalised(figures: &[f64]) -> (Vec<f64>, bool) {
    let positive: Vec<f64> = figures.iter().map(|f| f.max(0.0)).collect();
    let sum: f64 = positive.iter().sum();
    if sum > 0.0 {
        return (positive.iter().map(|f| f / sum).collect(), false);
    }
    (vec![1.0 / figures.len().max(1) as f64; figures.len()], true)
}

/// Weighs members by their validation cells.
///
/// By accuracy, F1 and kappa, each member counts by that figure of its own validation cells.
///
/// Optimised weights make the log-loss least, on cells that no member was trained on:
/// * where members share validation cells (both labels among them, and at least half of what each has),
///   the log-loss of the weighted mean itself, over the simplex ([`mixture_weights`]);
/// * where they do not, as fold models of one learning rate never do: the validation cells of one were
///   trained on by the others, so no cell can judge them together. Then the mean of the members' own
///   log-losses is made least, less the entropy of the weights, which keeps it from giving all to one
///   member; that has the closed form exp(-log-loss), normalised: each member counts by the
///   geometric mean of the probabilities that it gives to the true labels of its own validation cells.
pub(crate) fn weigh(
    weighting: Weighting,
    members: &[&Member],
    worth: &[ValidationWorth],
) -> Result<Weighed, Error> {
    let by = |name: &str, figure: &dyn Fn(&ValidationWorth) -> f64| {
        let figures: Vec<f64> = worth.iter().map(figure).collect();
        let (weights, none) = normalised(&figures);
        let negative = figures.iter().filter(|f| **f < 0.0).count();
        let how = match (none, negative) {
            (true, _) => format!("{name} is above 0 on no member's validation cells: all weigh alike"),
            (_, 0) => format!("{name} of each member's own validation cells"),
            (_, n) => format!(
                "{name} of each member's own validation cells; of {n} it is below 0, which counts as weight 0"
            ),
        };
        Weighed { weights, how }
    };
    Ok(match weighting {
        Weighting::Accuracy => by("accuracy", &|w| w.accuracy),
        Weighting::F1 => by("F1", &|w| w.f1),
        Weighting::Kappa => by("kappa", &|w| w.kappa),
        Weighting::Equal => Weighed {
            weights: vec![1.0 / members.len().max(1) as f64; members.len()],
            how: "all alike".into(),
        },
        Weighting::Optimised => match shared_cells(members)? {
            Some(p) => Weighed {
                how: format!(
                    "log-loss of the weighted mean made least on {} validation cells that all members share",
                    p.first().map_or(0, Vec::len)
                ),
                weights: mixture_weights(&p),
            },
            None => Weighed {
                weights: normalised(&worth.iter().map(|w| (-w.log_loss).exp()).collect::<Vec<_>>()).0,
                how: "members share no validation cells, which alone could judge them together: exp(-log-loss) of \
                      each member's own"
                    .into(),
            },
        },
    })
}

/// Probabilities of the true labels of the validation cells that all members share, a row a member; `None`
/// where they are too few to judge by.
fn shared_cells(members: &[&Member]) -> Result<Option<Vec<Vec<f64>>>, Error> {
    let mut rows: Vec<BTreeMap<&str, (usize, f64)>> = Vec::new();
    for member in members {
        let p = member.true_probabilities()?;
        let cells = member.validation.iter().zip(p);
        rows.push(cells.map(|(c, p)| (c.file.as_str(), (c.label, p))).collect());
    }
    let Some((first, others)) = rows.split_first() else {
        return Err(Error::new(ErrorKind::Run, "no members to weigh"));
    };
    let shared: Vec<&str> = first
        .keys()
        .copied()
        .filter(|f| others.iter().all(|o| o.contains_key(f)))
        .collect();
    let enough = rows.iter().all(|r| shared.len() * 2 >= r.len());
    let label = |f: &str| first.get(f).map(|c| c.0);
    let both = shared.iter().any(|f| label(f) != label(shared[0]));
    if !enough || !both {
        return Ok(None);
    }
    let row = |r: &BTreeMap<&str, (usize, f64)>| shared.iter().filter_map(|f| Some(r.get(f)?.1)).collect();
    Ok(Some(rows.iter().map(row).collect()))
}
