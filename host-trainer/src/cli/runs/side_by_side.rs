use super::{UNKNOWN, print_columns, short};
use crate::evaluate::Spread;
use crate::runs::{Column, Comparison, Row, RunStore, compare};
use blastscope_shared::DISCLAIMER;
use std::collections::BTreeMap;

/// Compares runs and groups, each by id or folder.
pub(super) fn print(store: &RunStore, what: &[String], json: bool) -> anyhow::Result<()> {
    let mut sets: Vec<(String, Vec<Row>)> = Vec::new();
    for given in what {
        let group = store.group(given)?;
        sets.push(match group.is_empty() {
            true => {
                let row = store.find(given)?;
                (row.id.clone(), vec![row])
            }
            false => (short(given), group),
        });
    }
    let compared = compare(&sets);
    if json {
        let mut value = serde_json::to_value(&compared)?;
        value["disclaimer"] = serde_json::json!(DISCLAIMER);
        println!("{}", serde_json::to_string_pretty(&value)?);
        return Ok(());
    }
    print_columns(&table(&compared));
    if !compared.same_data {
        println!("WARNING: these were measured on different data");
    }
    println!("{DISCLAIMER}");
    Ok(())
}

fn table(compared: &Comparison) -> Vec<Vec<String>> {
    let line = |name: String, cell: &dyn Fn(&Column) -> String| {
        let cells = compared.columns.iter().map(cell);
        std::iter::once(name).chain(cells).collect::<Vec<String>>()
    };
    let figure = |of: &BTreeMap<String, Spread>, name: &str, runs: usize| match of.get(name) {
        Some(s) if runs > 1 => format!("{:.4} ± {:.4}", s.mean, s.sd),
        Some(s) => format!("{:.4}", s.mean),
        None => UNKNOWN.to_owned(),
    };
    let mut lines = vec![
        line(String::new(), &|c| c.name.clone()),
        line("runs".into(), &|c| c.runs.to_string()),
    ];
    for key in &compared.differing {
        lines.push(line(format!("recipe {key}"), &|c| {
            c.recipe.get(key).cloned().unwrap_or_else(|| UNKNOWN.into())
        }));
    }
    for name in &compared.validation {
        lines.push(line(format!("validation {name}"), &|c| {
            figure(&c.validation, name, c.runs)
        }));
    }
    for name in &compared.test {
        lines.push(line(format!("test {name}"), &|c| figure(&c.test, name, c.runs)));
    }
    lines
}
