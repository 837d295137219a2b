use crate::train::{Recipe, Schedule};
use crate::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The runs of `wen2025`: every fold of what is not held out at every learning rate, in folders
/// `lr-<rate>/fold-<k>`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wen2025 {
    /// Learning rates, each once.
    pub rates: Vec<f64>,
    /// Folds of what is not held out.
    pub folds: usize,
}

/// `1e-3`.
pub(crate) fn rate_name(rate: f64) -> String {
    format!("{rate:e}")
}

impl Wen2025 {
    /// The rates of the paper.
    pub(crate) const RATES: [f64; 3] = [1e-3, 1e-4, 1e-5];

    /// Share that the paper holds out.
    pub(crate) const HOLDOUT: f64 = 0.2;

    /// The protocol for a recipe; refuses rates that are none or stand twice, and recipes to which
    /// `optimisation.learning_rate` means nothing.
    pub(crate) fn new(rates: &[f64], recipe: &Recipe) -> Result<Self, Error> {
        let refuse = |why: String| Err(Error::new(ErrorKind::Recipe, why));
        if let Some(rate) = rates.iter().find(|r| !(r.is_finite() && **r > 0.0 && **r <= 1.0)) {
            return refuse(format!(
                "--rates: {rate} is not a learning rate; give rates above 0, up to 1"
            ));
        }
        if rates.len() < 2 || rates.iter().enumerate().any(|(i, r)| rates[..i].contains(r)) {
            return refuse("--rates: give two different learning rates or more".into());
        }
        let own = recipe.stages.iter().any(|s| s.learning_rate.is_some());
        if own || recipe.optimisation.schedule == Schedule::Steps {
            return refuse(
                "the recipe names rates of its own in stages.learning_rate or optimisation.steps: take them out, \
                 since the protocol sets optimisation.learning_rate"
                    .into(),
            );
        }
        Ok(Self {
            rates: rates.to_vec(),
            folds: recipe.split.folds,
        })
    }

    /// Folder of one run.
    pub(crate) fn folder(out: &Path, rate: f64, fold: usize) -> PathBuf {
        out.join(format!("lr-{}", rate_name(rate)))
            .join(format!("fold-{fold}"))
    }

    /// The recipe at one rate.
    pub(crate) fn recipe(recipe: &Recipe, rate: f64) -> Recipe {
        let mut recipe = recipe.clone();
        recipe.optimisation.learning_rate = rate;
        recipe
    }

    /// Rate and fold of every run, rate by rate.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (f64, usize)> {
        let folds = self.folds;
        self.rates.iter().flat_map(move |r| (0..folds).map(|k| (*r, k)))
    }

    /// Folders of the runs that lie below `out`, by their names; refused where there are none.
    pub(crate) fn found(out: &Path) -> Result<Vec<PathBuf>, Error> {
        let below = |folder: &Path, prefix: &str| -> Result<Vec<PathBuf>, Error> {
            let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
            let paths = entries.flatten().map(|e| e.path());
            let named = |p: &PathBuf| {
                p.file_name()
                    .is_some_and(|n| n.to_string_lossy().starts_with(prefix))
            };
            let mut found: Vec<PathBuf> = paths.filter(named).collect();
            found.sort();
            Ok(found)
        };
        let mut runs = Vec::new();
        for rate in below(out, "lr-")? {
            runs.extend(below(&rate, "fold-")?);
        }
        if runs.is_empty() {
            return Err(Error::new(
                ErrorKind::Run,
                format!(
                    "{} holds no runs lr-<rate>/fold-<k>: give the --out of a `protocol wen2025`, or --members RUN…",
                    out.display()
                ),
            ));
        }
        Ok(runs)
    }
}
