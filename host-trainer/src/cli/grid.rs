use super::data_options::DataOptions;
use super::dry_run::{PlannedRun, Sides, say};
use super::grid_layout::{LaidRun, Layout, Plan};
use super::launch::{LaunchOptions, PlannedJob, require_all};
use super::output::{Lines, StoreOption, UNKNOWN, print_columns, warn};
use super::split::keep_split;
use super::train::RecipeChanges;
use crate::evaluate::Spread;
use crate::grid::{Axis, Folds, GridFile, GridResult, GridRun, PointResult, points};
use crate::runs::RunOrigin;
use anyhow::{Context, ensure};
use blastscope_shared::DISCLAIMER;
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tch::Device;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: DataOptions,
    /// Grid file, such as recipes/grids/muntasa2025.toml
    #[arg(long, value_name = "FILE")]
    grid: Option<PathBuf>,
    /// Recipe: a TOML file, or the name of one in ./recipes; in place of the grid file's
    #[arg(long, value_name = "RECIPE", required_unless_present = "grid")]
    recipe: Option<PathBuf>,
    #[command(flatten)]
    changes: RecipeChanges,
    /// Key of the recipe with the values to try, such as learning_rate=1e-3,1e-4; may be given again, and takes the
    /// place of the grid file's values of that key
    #[arg(long, value_name = "KEY=V,V")]
    over: Vec<String>,
    /// Folds: all, or numbers such as 0,1 [default: of the grid file, or all]
    #[arg(long, value_name = "K,K|all")]
    folds: Option<Folds>,
    /// Seeds [default: of the grid file, or the recipe's]
    #[arg(long, value_delimiter = ',', value_name = "N,N", conflicts_with = "seed")]
    seeds: Option<Vec<u64>>,
    /// Folder for all runs: <point>/seed-<n>/fold-<k>
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Split file; by default the recipe of each point says how to split
    #[arg(long, value_name = "FILE")]
    split: Option<PathBuf>,
    /// Figure of the validation cells that chooses the best point
    #[arg(long, value_name = "FIGURE", default_value = "weighted_f1")]
    by: String,
    #[command(flatten)]
    launch: LaunchOptions,
    #[command(flatten)]
    store: StoreOption,
    /// Say what would be done, with memory and time estimated, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    lines: Lines,
}

impl Options {
    pub(crate) fn run(self, device: Device, threads: Option<usize>) -> anyhow::Result<()> {
        let plan = self.plan()?;
        if self.dry_run {
            return self.say(&plan, device);
        }
        self.launch.check()?;
        // Decoded once, before jobs would each do it at the same time.
        let read = |recipe: &_| Ok(self.data.load(recipe, &self.out)?.collection().clone());
        let layout = Layout::of(&plan, &self.out, self.split.as_deref(), read)?;
        if let Some(split) = layout.splits.first() {
            warn(split.folds(), layout.cells(0));
        }
        let mut files = Vec::new();
        for (i, point) in plan.points.iter().enumerate() {
            let folder = self.out.join(&point.name);
            files.push(keep_split(&folder, &layout.splits[i], layout.cells(i))?);
        }
        let planned: Vec<PlannedJob> = layout
            .runs
            .iter()
            .map(|laid| planned(&plan, laid, &files))
            .collect();
        eprintln!(
            "{} points, {} runs; the best point is chosen by {} of the validation cells",
            plan.points.len(),
            planned.len(),
            self.by
        );
        let mut recorder = self.store.recorder(&self.out, device);
        let outcome = self
            .launch
            .launch(&planned, &self.data, &self.out, device, threads, &mut recorder)?;
        if outcome.done > 0 {
            let runs: Vec<GridRun> = layout.runs.into_iter().map(|laid| laid.run).collect();
            let result = GridResult::gather(&plan.recipe.name, &plan.axes, &plan.points, &runs, &self.by)?;
            result.write(&self.out)?;
            self.lines
                .say(&json!({ "event": "grid", "folder": self.out, "result": result }));
            if !self.lines.json {
                print(&result);
                for (what, file) in [
                    ("written to", "grid.json"),
                    ("table:", "grid.csv"),
                    ("picture:", "grid.svg"),
                ] {
                    println!("{what} {}", self.out.join(file).display());
                }
            }
        }
        require_all(&outcome, planned.len())
    }

    /// Reads and checks everything that can be refused without data.
    fn plan(&self) -> anyhow::Result<Plan> {
        let file = self.grid.as_deref().map(GridFile::read).transpose()?;
        let named = file.as_ref().map(|f| PathBuf::from(&f.recipe));
        let given = self
            .recipe
            .clone()
            .or(named)
            .context("give --recipe, or --grid")?;
        let recipe = self.changes.read_for(&given, &[])?;
        let own: Vec<Axis> = self
            .over
            .iter()
            .map(|g| Axis::parse(g))
            .collect::<Result<_, _>>()?;
        let mut axes: Vec<Axis> = file.as_ref().map_or_else(Vec::new, |f| f.over.clone());
        axes.retain(|a| own.iter().all(|o| o.key != a.key));
        axes.extend(own);
        let points = points(&recipe, &axes)?;
        for point in &points {
            if let Some(labels) = point.recipe.data.known_labels() {
                let fits = point.recipe.preflight(&labels);
                fits.with_context(|| format!("the point {}", point.name))?;
            }
        }
        let of_file = file.as_ref().map(|f| f.seeds.clone());
        let of_file = of_file.filter(|s| !s.is_empty() && !self.changes.names_seed());
        let given = self.seeds.clone().or(of_file);
        ensure!(
            given.is_none() || axes.iter().all(|a| a.key != "seed"),
            "--over seed and seeds: the seed is varied twice; give one of them"
        );
        let seeds = given.unwrap_or_else(|| vec![recipe.seed]);
        let twice = |i: usize| seeds[..i].contains(&seeds[i]);
        ensure!(
            !seeds.is_empty() && !(0..seeds.len()).any(twice),
            "--seeds: at least one, each once"
        );
        Ok(Plan {
            recipe,
            axes,
            points,
            folds: self.folds.clone().or(file.map(|f| f.folds)).unwrap_or_default(),
            seeds,
        })
    }

    fn say(&self, plan: &Plan, device: Device) -> anyhow::Result<()> {
        let layout = Layout::of(plan, &self.out, self.split.as_deref(), |r| self.data.listed(r))?;
        let foreseen = |laid: &LaidRun| -> anyhow::Result<PlannedRun> {
            let point = laid.run.point;
            let fold = layout.splits[point].fold(laid.run.fold)?;
            Ok(PlannedRun {
                folder: laid.run.folder.clone(),
                recipe: laid.recipe.clone(),
                values: plan.points[point].values.clone(),
                sides: Sides::of(fold, layout.cells(point)),
                done: laid.run.folder.join("report.json").exists(),
            })
        };
        let jobs: Vec<PlannedRun> = layout.runs.iter().map(foreseen).collect::<Result<_, _>>()?;
        let at_once = self.launch.at_once(jobs.len(), device);
        say(
            &jobs,
            layout.cells(0),
            at_once,
            device,
            &self.store.path(&self.out),
        )
    }
}

fn planned(plan: &Plan, laid: &LaidRun, files: &[PathBuf]) -> PlannedJob {
    let GridRun {
        point,
        seed,
        fold,
        folder,
    } = &laid.run;
    let point = &plan.points[*point];
    PlannedJob {
        name: format!("{} seed {seed} fold {fold}", point.name),
        folder: folder.clone(),
        recipe: laid.recipe.clone(),
        split: files[laid.run.point].clone(),
        fold: *fold,
        origin: RunOrigin {
            point: point.values.iter().cloned().collect(),
            ..RunOrigin::to("grid", Some("../.."))
        },
    }
}

/// Figures of the test cells that the table shows beside the one that chooses.
const SHOWN: [&str; 3] = ["weighted_f1", "accuracy", "auc"];

/// The points as a table on stdout.
fn print(result: &GridResult) {
    let mut head = vec![String::new()];
    head.extend(result.keys.clone());
    head.extend(["runs".to_owned(), format!("validation {}", result.chosen_by)]);
    head.extend(SHOWN.map(|f| format!("test {f}")));
    let show = |figures: &BTreeMap<String, Spread>, name: &str, runs: usize| {
        let shown = |s: &Spread| match runs {
            1 => format!("{:.3}", s.mean),
            _ => format!("{:.3} ± {:.3}", s.mean, s.sd),
        };
        figures.get(name).map_or_else(|| UNKNOWN.to_owned(), shown)
    };
    let line = |point: &PointResult| {
        let best = result.best.as_ref() == Some(&point.name);
        let mut line = vec![if best { "best" } else { "" }.to_owned()];
        line.extend(point.values.iter().map(|v| v.1.clone()));
        line.push(format!("{}/{}", point.done, point.runs));
        line.push(show(&point.validation, &result.chosen_by, point.done));
        line.extend(SHOWN.map(|f| show(&point.test, f, point.done)));
        line
    };
    let mut lines = vec![head];
    lines.extend(result.points.iter().map(line));
    print_columns(&lines);
    println!("mean ± sd over folds and seeds; the best point is chosen on validation cells alone");
    if let Some(warning) = &result.warning {
        println!("WARNING: {warning}");
    }
    println!("{DISCLAIMER}");
}
