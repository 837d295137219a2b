//! `runs`: what the run store knows.

mod list;
mod side_by_side;

use super::output::{StoreOption, UNKNOWN, print_columns, time};
use crate::runs::{Ranked, Row, RunStore, Side, State, flatten, rank};
use anyhow::ensure;
use blastscope_shared::DISCLAIMER;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    store: StoreOption,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Runs as a table, in order of their beginning
    List(list::Options),
    /// All that is known of one run
    Show {
        /// Id of the run, or its folder
        #[arg(value_name = "ID|FOLDER")]
        run: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Runs or groups side by side: recipe keys that differ, figures (mean ± sd of a group)
    Compare {
        /// Ids or folders of runs, folders of cross-validations, of grids or of points of one
        #[arg(required = true, num_args = 2.., value_name = "RUN|GROUP")]
        what: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Finished runs and groups by one figure, the best first
    Best {
        /// Figure, as in reports: weighted_f1, auc, loss, …
        #[arg(long)]
        by: String,
        /// Cells that it was measured on: validation or test
        #[arg(long, default_value = "validation", value_parser = side)]
        on: Side,
        /// Only runs of this group
        #[arg(long, value_name = "FOLDER")]
        group: Option<String>,
        /// How many to show
        #[arg(long, default_value_t = 10)]
        top: usize,
        /// As JSON lines
        #[arg(long)]
        json: bool,
    },
    /// Take up all runs in and below folders, and forget those that are gone; makes a store anew
    Index {
        /// Folders
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
    },
}

fn side(text: &str) -> Result<Side, String> {
    [Side::Validation, Side::Test]
        .into_iter()
        .find(|s| s.name() == text)
        .ok_or_else(|| format!("{text:?}: give validation or test"))
}

impl Options {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let path = self.store.existing();
        match self.action {
            Action::List(options) => options.run(&RunStore::open_existing(&path)?),
            Action::Show { run, json } => show(&RunStore::open_existing(&path)?.find(&run)?, json),
            Action::Compare { what, json } => {
                side_by_side::print(&RunStore::open_existing(&path)?, &what, json)
            }
            Action::Best {
                by,
                on,
                group,
                top,
                json,
            } => {
                let store = RunStore::open_existing(&path)?;
                let rows = rows_of(&store, group.as_deref())?;
                best(&rank(&rows, &by, on)?, &by, on, top, json)
            }
            Action::Index { folders } => index(&path, &folders),
        }
    }
}

/// All runs, or those of a group; refuses a group without any.
fn rows_of(store: &RunStore, group: Option<&str>) -> anyhow::Result<Vec<Row>> {
    let Some(group) = group else {
        return Ok(store.rows()?);
    };
    let rows = store.group(group)?;
    ensure!(
        !rows.is_empty(),
        "{} knows no runs of the group {group:?}: give the folder of a cross-validation, a grid or a point",
        store.path().display()
    );
    Ok(rows)
}

/// A row with what a reader must know of it.
fn as_json(row: &Row) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(row)?;
    value["state"] = json!(row.state_now());
    value["disclaimer"] = json!(DISCLAIMER);
    Ok(value)
}

/// A path as short as the working folder allows.
fn short(path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let below = Path::new(path).strip_prefix(&here);
    below.map_or_else(|_| path.to_owned(), |p| p.display().to_string())
}

fn known(text: Option<&str>) -> String {
    text.filter(|t| !t.is_empty()).unwrap_or(UNKNOWN).to_owned()
}

fn show(row: &Row, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(&as_json(row)?)?);
        return Ok(());
    }
    let environment = row.environment.as_ref();
    let fold = row.fold.map(|f| f.to_string());
    let lines = [
        ("id", row.id.clone()),
        ("folder", row.folder.clone()),
        ("state", row.state_now().name().to_owned()),
        ("problem", known(row.problem.as_deref())),
        ("protocol", row.protocol.clone()),
        ("group", known(row.group.as_deref())),
        ("fold", known(fold.as_deref())),
        ("data", row.data.clone()),
        ("revision", known(row.revision.as_deref())),
        ("host", known(environment.map(|e| e.host.as_str()))),
        ("system", known(environment.map(|e| e.os.as_str()))),
        ("processor", known(environment.map(|e| e.cpu.as_str()))),
        (
            "threads",
            known(environment.map(|e| e.threads.to_string()).as_deref()),
        ),
        ("device", known(environment.map(|e| e.device.as_str()))),
        ("libtorch", known(environment.map(|e| e.libtorch.as_str()))),
        ("program", known(environment.map(|e| e.program.as_str()))),
        ("started", known(row.started.as_deref())),
        ("ended", known(row.ended.as_deref())),
        ("epochs", row.epochs.to_string()),
        ("time", time(row.seconds)),
    ];
    let mut table: Vec<Vec<String>> = lines.map(|(k, v)| vec![k.to_owned(), v]).to_vec();
    for (key, value) in flatten(&row.recipe.parse()?) {
        table.push(vec![format!("recipe {key}"), value]);
    }
    for side in [Side::Validation, Side::Test] {
        for (figure, value) in row.figures(side) {
            table.push(vec![format!("{} {figure}", side.name()), format!("{value:.4}")]);
        }
    }
    print_columns(&table);
    println!("{DISCLAIMER}");
    Ok(())
}

fn best(ranked: &[Ranked], by: &str, on: Side, top: usize, json: bool) -> anyhow::Result<()> {
    if json {
        for (place, one) in ranked.iter().take(top).enumerate() {
            let mut value = serde_json::to_value(one)?;
            value["place"] = json!(place + 1);
            value["by"] = json!(by);
            value["on"] = json!(on);
            value["disclaimer"] = json!(DISCLAIMER);
            println!("{value}");
        }
        return Ok(());
    }
    let head = [
        "",
        "recipe",
        "point",
        "runs",
        &format!("{} {by}", on.name()),
        "worst to best",
        "folder",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for (place, one) in ranked.iter().take(top).enumerate() {
        let point: Vec<String> = one.point.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let f = one.figure;
        lines.push(vec![
            (place + 1).to_string(),
            one.name.clone(),
            known(Some(&point.join(" "))),
            one.runs.len().to_string(),
            match one.runs.len() {
                1 => format!("{:.4}", f.mean),
                _ => format!("{:.4} ± {:.4}", f.mean, f.sd),
            },
            format!("{:.4} to {:.4}", f.low, f.high),
            short(&one.folder),
        ]);
    }
    print_columns(&lines);
    if on == Side::Test {
        println!("what is chosen by test cells is no longer measured by them: choose on validation cells");
    }
    println!("{DISCLAIMER}");
    Ok(())
}

fn index(path: &Path, folders: &[PathBuf]) -> anyhow::Result<()> {
    let mut store = RunStore::open(path)?;
    let (mut count, mut faults) = (0, Vec::new());
    for folder in folders {
        let (found, bad) = store.index(folder)?;
        count += found;
        faults.extend(bad);
    }
    for fault in &faults {
        eprintln!("left out: {fault}");
    }
    println!("{}: {count} runs", path.display());
    ensure!(
        faults.is_empty(),
        "{} runs cannot be read: see above",
        faults.len()
    );
    Ok(())
}
