use super::{Axis, Point};
use crate::evaluate::{OPTIMISTIC, Spread, SpreadRow, draw_spreads};
use crate::runs::{Row, Side, SideFigures, better, is_smaller_better, spreads};
use crate::{Error, ErrorKind, durable_file, nearest::nearest};
use blastscope_shared::DISCLAIMER;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A run of a grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GridRun {
    /// Position of its point.
    pub point: usize,
    /// Seed of its recipe.
    pub seed: u64,
    /// Fold under test.
    pub fold: usize,
    /// Its folder.
    pub folder: PathBuf,
}

/// What a grid came to: `grid.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct GridResult {
    /// Stands on everything.
    pub disclaimer: String,
    /// Name of the recipe.
    pub recipe: String,
    /// What a reader must be warned of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Keys that were varied.
    pub keys: Vec<String>,
    /// Figure of the validation cells by which the best point is chosen; test cells choose nothing.
    pub chosen_by: String,
    /// Runs of the grid.
    pub runs: usize,
    /// Runs that are evaluated.
    pub done: usize,
    /// One entry a point, in the order of the grid.
    pub points: Vec<PointResult>,
    /// Name of the best of the points whose runs are all done.
    pub best: Option<String>,
    /// One entry a run that is done.
    pub each: Vec<Each>,
}

/// What a point came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PointResult {
    /// Its folder.
    pub name: String,
    /// Keys and values.
    pub values: Vec<(String, String)>,
    /// Runs of the point.
    pub runs: usize,
    /// Runs that are evaluated.
    pub done: usize,
    /// Figures of the epoch that is kept, uncalibrated, over folds and seeds.
    pub validation: BTreeMap<String, Spread>,
    /// Figures of the test cells, over folds and seeds.
    pub test: BTreeMap<String, Spread>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Each {
    /// Name of its point.
    pub point: String,
    /// Seed of its recipe.
    pub seed: u64,
    /// Fold under test.
    pub fold: usize,
    /// Epochs done.
    pub epochs: usize,
    /// Time that they took.
    pub seconds: f64,
    /// Of the epoch that is kept.
    pub validation: SideFigures,
    /// Of the test cells.
    pub test: SideFigures,
}

impl GridResult {
    /// Gathers the runs that are done. Refuses a figure that they do not have.
    pub(crate) fn gather(
        recipe: &str,
        axes: &[Axis],
        points: &[Point],
        runs: &[GridRun],
        chosen_by: &str,
    ) -> Result<Self, Error> {
        let evaluated = |run: &&GridRun| run.folder.join("report.json").exists();
        let rows: Vec<(&GridRun, Row)> = runs
            .iter()
            .filter(evaluated)
            .map(|run| Ok((run, Row::of_folder(&run.folder)?)))
            .collect::<Result<_, Error>>()?;
        let of_point = |i: usize| {
            let own: Vec<&Row> = rows.iter().filter(|r| r.0.point == i).map(|r| &r.1).collect();
            PointResult {
                name: points[i].name.clone(),
                values: points[i].values.clone(),
                runs: runs.iter().filter(|r| r.point == i).count(),
                done: own.len(),
                validation: spreads(own.iter().copied(), Side::Validation),
                test: spreads(own.iter().copied(), Side::Test),
            }
        };
        let gathered: Vec<PointResult> = (0..points.len()).map(of_point).collect();
        refuse_unknown(chosen_by, &gathered)?;
        let mean = |p: &PointResult| Some((p.validation.get(chosen_by)?.mean, p.name.clone()));
        let whole = gathered.iter().filter(|p| p.done == p.runs).filter_map(mean);
        let best = whole.min_by(|a, b| better(chosen_by, a.0, b.0));
        let optimistic = points.iter().any(|p| !p.recipe.split.unit.is_subject());
        Ok(Self {
            disclaimer: DISCLAIMER.into(),
            recipe: recipe.to_owned(),
            warning: optimistic.then(|| OPTIMISTIC.to_owned()),
            keys: axes.iter().map(|a| a.key.clone()).collect(),
            chosen_by: chosen_by.to_owned(),
            runs: runs.len(),
            done: rows.len(),
            points: gathered,
            best: best.map(|b| b.1),
            each: rows
                .into_iter()
                .map(|(run, row)| Each {
                    point: points[run.point].name.clone(),
                    seed: run.seed,
                    fold: run.fold,
                    epochs: row.epochs,
                    seconds: row.seconds,
                    validation: row.validation,
                    test: row.test,
                })
                .collect(),
        })
    }

    /// Writes `grid.csv` (a line a run), `grid.svg` and, last, `grid.json`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Error> {
        durable_file::write(&folder.join("grid.csv"), &self.csv()?)?;
        durable_file::write(&folder.join("grid.svg"), self.picture().as_bytes())?;
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| Error::with_source(ErrorKind::Grid, "cannot write grid.json", e))?;
        durable_file::write(&folder.join("grid.json"), (text + "\n").as_bytes())
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        let failed = |e: csv::Error| Error::with_source(ErrorKind::Io, "cannot write grid.csv", e);
        let names = |of: &dyn Fn(&Each) -> &SideFigures| -> Vec<String> {
            let mut names: Vec<String> = self.each.iter().flat_map(|e| of(e).keys().cloned()).collect();
            names.sort();
            names.dedup();
            names
        };
        let (validation, test) = (names(&|e| &e.validation), names(&|e| &e.test));
        let mut head = self.keys.clone();
        head.extend(["seed", "fold", "epochs_done", "seconds"].map(str::to_owned));
        head.extend(validation.iter().map(|n| format!("validation_{n}")));
        head.extend(test.iter().map(|n| format!("test_{n}")));
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(&head).map_err(failed)?;
        let number =
            |figures: &SideFigures, name: &String| figures.get(name).map_or(String::new(), f64::to_string);
        for each in &self.each {
            let point = self.points.iter().find(|p| p.name == each.point);
            let values = point.into_iter().flat_map(|p| &p.values);
            let mut line: Vec<String> = values.map(|v| v.1.clone()).collect();
            line.extend([
                each.seed.to_string(),
                each.fold.to_string(),
                each.epochs.to_string(),
                format!("{:.1}", each.seconds),
            ]);
            line.extend(validation.iter().map(|n| number(&each.validation, n)));
            line.extend(test.iter().map(|n| number(&each.test, n)));
            out.write_record(&line).map_err(failed)?;
        }
        out.into_inner()
            .map_err(|e| Error::with_source(ErrorKind::Io, "cannot write grid.csv", e.into_error()))
    }

    fn picture(&self) -> String {
        let figure = &self.chosen_by;
        let label = |p: &PointResult| {
            let values: Vec<String> = p
                .values
                .iter()
                .map(|(k, v)| format!("{} {v}", short(k)))
                .collect();
            if values.is_empty() {
                p.name.clone()
            } else {
                values.join(", ")
            }
        };
        let rows: Vec<SpreadRow> = self
            .points
            .iter()
            .map(|p| SpreadRow {
                name: label(p),
                runs: p.done,
                validation: p.validation.get(figure).copied(),
                test: p.test.get(figure).copied(),
                chosen: self.best.as_ref() == Some(&p.name),
            })
            .collect();
        let direction = if is_smaller_better(figure) {
            "smaller"
        } else {
            "larger"
        };
        let of = format!("{} of {} runs done", self.done, self.runs);
        let line = format!("{figure}, mean ± sd over folds and seeds ({direction} is better); {of}");
        let warning = self.warning.as_deref();
        draw_spreads(&format!("Grid of {}", self.recipe), &line, warning, &rows)
    }
}

/// The last step of a dotted key.
fn short(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

fn refuse_unknown(figure: &str, points: &[PointResult]) -> Result<(), Error> {
    let mut known: Vec<&str> = points
        .iter()
        .flat_map(|p| p.validation.keys().map(String::as_str))
        .collect();
    if known.is_empty() || known.contains(&figure) {
        return Ok(());
    }
    known.sort_unstable();
    known.dedup();
    let close = nearest(figure, known.iter().copied());
    let close = close.map_or(String::new(), |n| format!("; the nearest one is {n:?}"));
    let message = format!(
        "--by {figure}: the validation cells have no such figure{close}: give one of {}; the runs are kept",
        known.join(", ")
    );
    Err(Error::new(ErrorKind::Grid, message))
}
