use crate::data::Collection;
use std::collections::BTreeMap;

/// What a cell is trained as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// Labels that it may have, ascending: one, or several where the data do not say which.
    pub labels: Vec<usize>,
}

impl Target {
    /// Of one cell of a collection.
    pub(crate) fn of(collection: &Collection, cell: usize) -> Self {
        let cell = &collection.cells[cell];
        let mut labels = match cell.candidates.is_empty() {
            true => vec![cell.label],
            false => cell.candidates.clone(),
        };
        labels.sort_unstable();
        Self { labels }
    }

    /// The label, where it is known.
    pub(crate) fn label(&self) -> Option<usize> {
        match self.labels[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// Where a cell comes from; a collection without sources is one.
pub(crate) fn source_of(collection: &Collection, cell: usize) -> &str {
    collection.cells[cell]
        .source
        .as_deref()
        .unwrap_or(&collection.name)
}

/// What is fitted: a cell as it is or changed, or what a cell was made into.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    /// What it is.
    pub target: Target,
    /// Where it comes from.
    pub source: &'a str,
    /// Whose it is.
    pub group: &'a str,
}

impl<'a> Row<'a> {
    /// Of one cell of a collection.
    pub(crate) fn of(collection: &'a Collection, cell: usize) -> Self {
        Self {
            target: Target::of(collection, cell),
            source: source_of(collection, cell),
            group: &collection.cells[cell].group,
        }
    }
}

/// A weight for each row, summing to 1: a target of one source weighs as the root of its rows, and in it a subject of n rows as
/// the root of n, so that no kind, laboratory or person is learnt for being frequent.
pub(crate) fn balanced(rows: &[Row<'_>]) -> Vec<f64> {
    let mut groups: BTreeMap<_, BTreeMap<&str, f64>> = BTreeMap::new();
    for row in rows {
        let of = groups.entry((&row.target, row.source)).or_default();
        *of.entry(row.group).or_default() += 1.0;
    }
    let size = |groups: &BTreeMap<&str, f64>| groups.values().sum::<f64>().sqrt();
    let all: f64 = groups.values().map(size).sum();
    let weigh = |row: &Row<'_>| {
        let groups = &groups[&(&row.target, row.source)];
        let roots: f64 = groups.values().map(|n| n.sqrt()).sum();
        size(groups) / all * groups[row.group].sqrt() / roots / groups[row.group]
    };
    rows.iter().map(weigh).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_weigh_as_the_roots_of_their_cells_and_so_do_subjects_within_them() {
        let row = |label, source, group| Row {
            target: Target { labels: vec![label] },
            source,
            group,
        };
        let mut rows = vec![row(0, "a", "x"); 9];
        rows.extend(vec![row(0, "a", "y"); 4]);
        rows.extend(vec![row(0, "b", "z"); 12]);
        rows.push(row(1, "b", "z"));
        let weights = balanced(&rows);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let sum = |range: std::ops::Range<usize>| weights[range].iter().sum::<f64>();
        assert!((sum(0..9) / sum(9..13) - 1.5).abs() < 1e-12);
        assert!((sum(0..13) / sum(25..26) - 13f64.sqrt()).abs() < 1e-12);
        assert!((sum(13..25) / sum(25..26) - 12f64.sqrt()).abs() < 1e-12);
    }
}
