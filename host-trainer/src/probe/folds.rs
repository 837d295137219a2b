use super::balance::{Target, source_of};
use crate::data::Collection;
use std::collections::BTreeMap;

/// Folds of a study.
pub(crate) const FOLDS: usize = 5;

/// The fold of each cell, 0 to 4: groups of subjects are whole; the largest group first, each into the fold that has the
/// fewest cells of its source and of what most of its cells are.
pub(crate) fn folds(collection: &Collection) -> Vec<usize> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, cell) in collection.cells.iter().enumerate() {
        groups.entry(&cell.group).or_default().push(i);
    }
    let mut groups: Vec<(&str, Vec<usize>)> = groups.into_iter().collect();
    groups.sort_by_key(|(name, cells)| (std::cmp::Reverse(cells.len()), *name));
    let mut filled: BTreeMap<(&str, Target), [usize; FOLDS]> = BTreeMap::new();
    let mut fold = vec![0; collection.cells.len()];
    for (_, cells) in groups {
        let mut kinds: BTreeMap<(&str, Target), usize> = BTreeMap::new();
        for &cell in &cells {
            let kind = (source_of(collection, cell), Target::of(collection, cell));
            *kinds.entry(kind).or_default() += 1;
        }
        let Some((kind, _)) = kinds.iter().max_by_key(|(_, n)| **n) else {
            continue;
        };
        let counts = filled.entry(kind.clone()).or_default();
        let at = (0..FOLDS).min_by_key(|k| counts[*k]).unwrap_or(0);
        counts[at] += cells.len();
        cells.iter().for_each(|c| fold[*c] = at);
    }
    fold
}
