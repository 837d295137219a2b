use super::{State, as_json, known, print_columns, rows_of, short, time};
use crate::runs::{Row, RunStore, SideFigures};
use blastscope_shared::DISCLAIMER;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only runs of the recipe of this name
    #[arg(long)]
    recipe: Option<String>,
    /// Only runs of this group: folder of a cross-validation, of a grid or of a point, or the end of its path
    #[arg(long, value_name = "FOLDER")]
    group: Option<String>,
    /// Only runs in this state: running, finished, failed or interrupted
    #[arg(long, value_parser = state)]
    state: Option<State>,
    /// As JSON lines
    #[arg(long)]
    json: bool,
}

fn state(text: &str) -> Result<State, String> {
    [State::Running, State::Finished, State::Failed, State::Interrupted]
        .into_iter()
        .find(|s| s.name() == text)
        .ok_or_else(|| format!("{text:?}: give running, finished, failed or interrupted"))
}

impl Options {
    pub(crate) fn run(&self, store: &RunStore) -> anyhow::Result<()> {
        let wanted = |row: &Row| {
            self.recipe.as_ref().is_none_or(|name| *name == row.name)
                && self.state.is_none_or(|state| state == row.state_now())
        };
        let mut rows = rows_of(store, self.group.as_deref())?;
        rows.retain(wanted);
        if self.json {
            for row in &rows {
                println!("{}", as_json(row)?);
            }
            return Ok(());
        }
        let head = [
            "id",
            "state",
            "recipe",
            "protocol",
            "fold",
            "seed",
            "started",
            "epochs",
            "time",
            "validation F1",
            "test F1",
            "folder",
        ];
        let mut lines = vec![head.map(str::to_owned).to_vec()];
        lines.extend(rows.iter().map(line));
        print_columns(&lines);
        println!(
            "{} runs of {}; F1 is weighted. {DISCLAIMER}",
            rows.len(),
            store.path().display()
        );
        Ok(())
    }
}

fn line(row: &Row) -> Vec<String> {
    let figure = |figures: &SideFigures| {
        let value = figures.get("weighted_f1").map(|v| format!("{v:.3}"));
        known(value.as_deref())
    };
    let day = row
        .started
        .as_deref()
        .and_then(|s| s.get(..16))
        .map(|s| s.replace('T', " "));
    vec![
        row.id.clone(),
        row.state_now().name().to_owned(),
        row.name.clone(),
        row.protocol.clone(),
        known(row.fold.map(|f| f.to_string()).as_deref()),
        row.seed.to_string(),
        known(day.as_deref()),
        row.epochs.to_string(),
        time(row.seconds),
        figure(&row.validation),
        figure(&row.test),
        short(&row.folder),
    ]
}
