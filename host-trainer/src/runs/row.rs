use super::environment::Environment;
use super::record::{Process, State};
use super::side::Side;
use serde::Serialize;
use std::collections::BTreeMap;

/// Figures of one side by name, as in reports: `weighted_f1`, `auc`, `loss`, …
pub(crate) type SideFigures = BTreeMap<String, f64>;

/// What is known of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// Eight hex digits.
    pub id: String,
    /// The run's folder, absolute.
    pub folder: String,
    /// Name of the recipe.
    pub name: String,
    /// The recipe as resolved, TOML.
    pub recipe: String,
    /// Command that made the run.
    pub protocol: String,
    /// Folder of the cross-validation or of the grid's point that it belongs to.
    pub group: Option<String>,
    /// Recipe keys that a grid varies, with their values here.
    pub point: BTreeMap<String, String>,
    /// Number of the fold; none: trained on everything.
    pub fold: Option<usize>,
    /// Seed of the recipe.
    pub seed: u64,
    /// Fingerprint of the data.
    pub data: String,
    /// Git revision of the working folder, where it was recorded.
    pub revision: Option<String>,
    /// Where it was computed, where that was recorded.
    pub environment: Option<Environment>,
    /// When it began, RFC 3339.
    pub started: Option<String>,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
    /// How far it is.
    pub state: State,
    /// Why it failed.
    pub problem: Option<String>,
    #[serde(skip)]
    pub(super) process: Option<Process>,
    /// Epochs done.
    pub epochs: usize,
    /// Steps done.
    pub steps: u64,
    /// Time that they took.
    pub seconds: f64,
    /// Of the epoch that is kept, uncalibrated.
    pub validation: SideFigures,
    /// Of the evaluation; empty before it.
    pub test: SideFigures,
}

impl Row {
    /// The figures of a side.
    pub(crate) fn figures(&self, side: Side) -> &SideFigures {
        match side {
            Side::Validation => &self.validation,
            Side::Test => &self.test,
        }
    }

    /// [`Row::state`], but "interrupted" where the process that trained is known to be gone.
    pub(crate) fn state_now(&self) -> State {
        match (self.state, &self.process) {
            (State::Running, Some(process)) if !process.may_live() => State::Interrupted,
            (state, _) => state,
        }
    }
}
