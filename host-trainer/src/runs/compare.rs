use super::{Row, Side};
use crate::evaluate::Spread;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Value;

/// A run or a group, as a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Column {
    /// Id of the run, or folder of the group.
    pub name: String,
    /// The runs.
    pub runs: usize,
    /// Recipe keys with their values; several values of a group beside each other.
    pub recipe: BTreeMap<String, String>,
    /// Validation figures over the runs.
    pub validation: BTreeMap<String, Spread>,
    /// Test figures over the runs.
    pub test: BTreeMap<String, Spread>,
}

/// Runs and groups side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Comparison {
    /// One a run or group.
    pub columns: Vec<Column>,
    /// Recipe keys that are not the same in all columns.
    pub differing: Vec<String>,
    /// Validation figures that any column has.
    pub validation: Vec<String>,
    /// Test figures that any column has.
    pub test: Vec<String>,
    /// All were measured on the same data.
    pub same_data: bool,
}

/// Puts runs and groups side by side, each with its name.
pub(crate) fn compare(sets: &[(String, Vec<Row>)]) -> Comparison {
    let columns: Vec<Column> = sets.iter().map(|(name, rows)| column(name, rows)).collect();
    let keys: BTreeSet<&String> = columns.iter().flat_map(|c| c.recipe.keys()).collect();
    let differs = |key: &&&String| {
        let first = columns.first().and_then(|c| c.recipe.get(**key));
        columns.iter().any(|c| c.recipe.get(**key) != first)
    };
    let named = |of: &dyn Fn(&Column) -> &BTreeMap<String, Spread>| -> Vec<String> {
        let all: BTreeSet<String> = columns.iter().flat_map(|c| of(c).keys().cloned()).collect();
        all.into_iter().collect()
    };
    let data: BTreeSet<&str> = sets.iter().flat_map(|s| &s.1).map(|r| r.data.as_str()).collect();
    Comparison {
        differing: keys.iter().filter(differs).map(|k| (*k).clone()).collect(),
        validation: named(&|c| &c.validation),
        test: named(&|c| &c.test),
        same_data: data.len() <= 1,
        columns,
    }
}

fn column(name: &str, rows: &[Row]) -> Column {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let table = row.recipe.parse().unwrap_or_default();
        for (key, value) in flatten(&table) {
            values.entry(key).or_default().insert(value);
        }
    }
    let joined = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(" | ");
    Column {
        name: name.to_owned(),
        runs: rows.len(),
        recipe: values.into_iter().map(|(k, v)| (k, joined(v))).collect(),
        validation: spreads(rows, Side::Validation),
        test: spreads(rows, Side::Test),
    }
}

/// The figures of some runs.
pub(crate) fn spreads<'a>(rows: impl IntoIterator<Item = &'a Row>, side: Side) -> BTreeMap<String, Spread> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in rows {
        for (figure, value) in row.figures(side) {
            values.entry(figure.clone()).or_default().push(*value);
        }
    }
    let spread = |(figure, v): (String, Vec<f64>)| Some((figure, Spread::of(&v)?));
    values.into_iter().filter_map(spread).collect()
}

/// The values of a recipe by dotted key (`stages.0.epochs`), as TOML.
pub(crate) fn flatten(table: &toml::Table) -> BTreeMap<String, String> {
    fn walk(key: &str, value: &Value, into: &mut BTreeMap<String, String>) {
        let below = |step: &str| match key.is_empty() {
            true => step.to_owned(),
            false => format!("{key}.{step}"),
        };
        match value {
            Value::Table(table) => table.iter().for_each(|(k, v)| walk(&below(k), v, into)),
            Value::Array(list) if list.iter().any(Value::is_table) => {
                let numbered = list.iter().enumerate();
                numbered.for_each(|(i, v)| walk(&below(&i.to_string()), v, into));
            }
            plain => {
                into.insert(key.to_owned(), plain.to_string());
            }
        }
    }
    let mut flat = BTreeMap::new();
    walk("", &Value::Table(table.clone()), &mut flat);
    flat
}
