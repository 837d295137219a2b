use super::record::State;
use super::row::Row;
use super::side::Side;
use crate::evaluate::Spread;
use crate::{Error, ErrorKind, nearest::nearest};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// True for losses and errors.
pub(crate) fn is_smaller_better(figure: &str) -> bool {
    figure.ends_with("loss") || matches!(figure, "ece" | "brier" | "nll")
}

/// A run alone or a group of runs, with its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Ranked {
    /// Folder of the group, or of the run that belongs to none.
    pub folder: String,
    /// Ids of the runs.
    pub runs: Vec<String>,
    /// Name of the recipe.
    pub name: String,
    /// What a grid varied.
    pub point: BTreeMap<String, String>,
    /// The figure over the runs.
    pub figure: Spread,
}

/// Groups of finished runs (and runs of no group) by the mean of a figure, the best first. Refuses a figure that
/// none of them has, with the nearest one.
pub(crate) fn rank(rows: &[Row], figure: &str, side: Side) -> Result<Vec<Ranked>, Error> {
    let finished = || rows.iter().filter(|r| r.state == State::Finished);
    let mut groups: BTreeMap<&str, Vec<(&Row, f64)>> = BTreeMap::new();
    for row in finished() {
        if let Some(value) = row.figures(side).get(figure) {
            let group = row.group.as_ref().unwrap_or(&row.folder);
            groups.entry(group).or_default().push((row, *value));
        }
    }
    if groups.is_empty() {
        let known: BTreeSet<&str> = finished()
            .flat_map(|r| r.figures(side).keys().map(String::as_str))
            .collect();
        let message = if known.is_empty() {
            format!("no finished run has figures of the {} cells yet", side.name())
        } else {
            let close = nearest(figure, known.iter().copied());
            let close = close.map_or(String::new(), |n| format!("; the nearest one is {n:?}"));
            let known: Vec<&str> = known.into_iter().collect();
            format!(
                "no finished run has a figure {figure:?} of the {} cells{close}: give one of {}",
                side.name(),
                known.join(", ")
            )
        };
        return Err(Error::new(ErrorKind::Store, message));
    }
    let ranked = groups.into_iter().filter_map(|(folder, runs)| {
        let values: Vec<f64> = runs.iter().map(|r| r.1).collect();
        let first = runs.first()?.0;
        Some(Ranked {
            folder: folder.to_owned(),
            name: first.name.clone(),
            point: first.point.clone(),
            figure: Spread::of(&values)?,
            runs: runs.iter().map(|r| r.0.id.clone()).collect(),
        })
    });
    let mut ranked: Vec<Ranked> = ranked.collect();
    ranked.sort_by(|a, b| better(figure, a.figure.mean, b.figure.mean));
    Ok(ranked)
}

/// Orders values of a figure, the better one first.
pub(crate) fn better(figure: &str, a: f64, b: f64) -> Ordering {
    if is_smaller_better(figure) {
        a.total_cmp(&b)
    } else {
        b.total_cmp(&a)
    }
}
