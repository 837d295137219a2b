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

/// A weight for each row, summing to 1: every target weighs alike, every source of a target alike, and a subject of
/// n cells as the root of n, so that no kind, laboratory or person is learnt for being frequent.
pub(crate) fn balanced(rows: &[Row<'_>]) -> Vec<f64> {
    let mut groups: BTreeMap<_, BTreeMap<&str, f64>> = BTreeMap::new();
    for row in rows {
        let of = groups.entry((&row.target, row.source)).or_default();
        *of.entry(row.group).or_default() += 1.0;
    }
    let mut sources: BTreeMap<&Target, f64> = BTreeMap::new();
    groups
        .keys()
        .for_each(|(target, _)| *sources.entry(target).or_default() += 1.0);
    let targets = sources.len() as f64;
    let weigh = |row: &Row<'_>| {
        let groups = &groups[&(&row.target, row.source)];
        let roots: f64 = groups.values().map(|n| n.sqrt()).sum();
        1.0 / (targets * sources[&row.target] * roots * groups[row.group].sqrt())
    };
    rows.iter().map(weigh).collect()
}
