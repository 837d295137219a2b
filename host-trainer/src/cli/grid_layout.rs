//! Which run of a grid lies where, and trains on what.

use super::train::split_of;
use crate::data::{Collection, Split};
use crate::grid::{Axis, Folds, GridRun, Point};
use crate::train::Recipe;
use std::path::Path;

/// What is to be computed, checked as far as it can be without data.
pub(crate) struct Plan {
    pub recipe: Recipe,
    pub axes: Vec<Axis>,
    pub points: Vec<Point>,
    pub folds: Folds,
    pub seeds: Vec<u64>,
}

/// The runs of a plan on the cells that are there.
pub(crate) struct Layout {
    /// Cells as points see them, each different view once.
    cells: Vec<Collection>,
    /// Position of its view for each point.
    view: Vec<usize>,
    /// The split of each point.
    pub splits: Vec<Split>,
    /// Points first, then seeds, then folds.
    pub runs: Vec<LaidRun>,
}

/// A run with its recipe.
pub(crate) struct LaidRun {
    pub run: GridRun,
    pub recipe: Recipe,
}

impl Layout {
    /// `read` gives the cells for a recipe; points of the same data and input share theirs.
    pub(crate) fn of(
        plan: &Plan,
        out: &Path,
        split: Option<&Path>,
        read: impl Fn(&Recipe) -> anyhow::Result<Collection>,
    ) -> anyhow::Result<Self> {
        let (mut cells, mut firsts): (Vec<Collection>, Vec<&Recipe>) = Default::default();
        let (mut view, mut splits, mut runs) = (Vec::new(), Vec::new(), Vec::new());
        for (i, point) in plan.points.iter().enumerate() {
            let recipe = &point.recipe;
            let same = |r: &&Recipe| r.data == recipe.data && r.input == recipe.input;
            let at = match firsts.iter().position(same) {
                Some(at) => at,
                None => {
                    cells.push(read(recipe)?);
                    firsts.push(recipe);
                    cells.len() - 1
                }
            };
            let split = split_of(split, recipe, &cells[at])?;
            let folds = plan.folds.numbers(split.folds().len())?;
            for &seed in &plan.seeds {
                // A grid that varies the seed itself has it in the recipe of the point.
                let varied = plan.axes.iter().any(|a| a.key == "seed");
                let seed = if varied { recipe.seed } else { seed };
                for &fold in &folds {
                    let folder = out
                        .join(&point.name)
                        .join(format!("seed-{seed}"))
                        .join(format!("fold-{fold}"));
                    runs.push(LaidRun {
                        run: GridRun {
                            point: i,
                            seed,
                            fold,
                            folder,
                        },
                        recipe: Recipe {
                            seed,
                            ..recipe.clone()
                        },
                    });
                }
            }
            view.push(at);
            splits.push(split);
        }
        Ok(Self {
            cells,
            view,
            splits,
            runs,
        })
    }

    /// The cells as a point sees them.
    pub(crate) fn cells(&self, point: usize) -> &Collection {
        &self.cells[self.view[point]]
    }
}
