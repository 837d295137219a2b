//! `--dry-run`: what a command would do, with memory and time estimated. Nothing is written.

use super::output::{print_columns, time};
use crate::data::{Collection, Fold};
use crate::estimate::{CellTime, Memory};
use crate::runs::{Environment, Row, RunStore};
use crate::train::Recipe;
use blastscope_shared::DISCLAIMER;
use std::path::{Path, PathBuf};
use tch::Device;

/// Cells of each side of a fold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides {
    train: usize,
    validation: usize,
    test: usize,
}

impl Sides {
    pub(crate) fn of(fold: &Fold, collection: &Collection) -> Self {
        let count = |units: &[String]| collection.cells_of(units).len();
        Self {
            train: count(&fold.train),
            validation: count(&fold.validation),
            test: count(&fold.test),
        }
    }
}

/// A training that would be done.
#[derive(Debug)]
pub(crate) struct PlannedRun {
    pub folder: PathBuf,
    pub recipe: Recipe,
    /// Recipe keys that set it apart from the others.
    pub values: Vec<(String, String)>,
    pub sides: Sides,
    pub done: bool,
}

/// Prints the trainings, `at_once` of them at a time, and what they are estimated to take; the pace comes from the
/// store where it knows runs alike, otherwise from a few steps tried.
pub(crate) fn say(
    jobs: &[PlannedRun],
    collection: &Collection,
    at_once: usize,
    device: Device,
    store: &Path,
) -> anyhow::Result<()> {
    let rows = known_runs(store);
    let here = Environment::here(device);
    let head = [
        "folder",
        "epochs",
        "train",
        "validation",
        "test",
        "memory",
        "time",
        "",
    ]
    .map(str::to_owned);
    let mut lines = vec![head.to_vec()];
    let mut paces: Vec<(&Recipe, CellTime)> = Vec::new();
    let (mut seconds, mut most) = (0.0, None::<Memory>);
    for job in jobs {
        let recipe = &job.recipe;
        let graph = recipe.fitting_graph(&collection.labels)?;
        let memory = Memory::of(recipe, &graph, collection.cells.len());
        let alike = |r: &Recipe| {
            let batch = |r: &Recipe| r.optimisation.batch;
            r.network == recipe.network && r.input == recipe.input && batch(r) == batch(recipe)
        };
        let pace = match paces.iter().find(|(r, _)| alike(r)) {
            Some((_, pace)) => pace.clone(),
            None => {
                let pace = match CellTime::of_runs(&rows, recipe, &here) {
                    Some(pace) => pace,
                    None => CellTime::measured(recipe, &graph, device)?,
                };
                paces.push((recipe, pace.clone()));
                pace
            }
        };
        let Sides {
            train,
            validation,
            test,
        } = job.sides;
        let an_epoch = match recipe.sampling.cells_per_epoch {
            0 => train,
            n => n,
        };
        let takes = pace.seconds(recipe.epochs(), an_epoch, validation, test);
        if !job.done {
            seconds += takes;
            most = most.max_by_total(memory);
        }
        let mut notes: Vec<String> = job.values.iter().map(|(k, v)| format!("{k}={v}")).collect();
        if job.done {
            notes.push("done already".into());
        }
        lines.push(vec![
            job.folder.display().to_string(),
            recipe.epochs().to_string(),
            train.to_string(),
            validation.to_string(),
            test.to_string(),
            mib(memory.total()),
            time(takes),
            notes.join(" "),
        ]);
    }
    print_columns(&lines);
    let open = jobs.iter().filter(|j| !j.done).count();
    println!(
        "{open} of {} trainings to do, {at_once} at a time, on {}",
        jobs.len(),
        here.device
    );
    if let Some(m) = most {
        println!(
            "memory of the largest: weights, gradients and average {}, optimiser {}, activations of a batch {}, decoded \
             cells {}; libtorch itself comes on top",
            mib(m.weights),
            mib(m.optimiser),
            mib(m.activations),
            mib(m.data)
        );
    }
    println!(
        "time, if nothing stops early: about {}",
        time(seconds / at_once.max(1) as f64)
    );
    for (recipe, pace) in &paces {
        println!(
            "  {} at {} px: {:.2} ms a cell, from {}",
            recipe.network.name,
            recipe.input.size,
            pace.seconds_per_cell * 1000.0,
            pace.source
        );
    }
    println!("nothing was written. {DISCLAIMER}");
    Ok(())
}

/// The runs of the store; none where it cannot be read, since looking ahead needs none.
fn known_runs(store: &Path) -> Vec<Row> {
    if !store.is_file() {
        return Vec::new();
    }
    match RunStore::open_existing(store).and_then(|s| s.rows()) {
        Ok(rows) => rows,
        Err(e) => {
            eprintln!("WARNING: {e}");
            Vec::new()
        }
    }
}

fn mib(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
}

/// Keeps the larger of two.
trait Larger {
    fn max_by_total(self, other: Memory) -> Self;
}

impl Larger for Option<Memory> {
    fn max_by_total(self, other: Memory) -> Self {
        Some(match self {
            Some(one) if one.total() >= other.total() => one,
            _ => other,
        })
    }
}
