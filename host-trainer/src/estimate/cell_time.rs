use crate::Error;
use crate::network::Network;
use crate::runs::{Environment, Row};
use crate::train::{Optimiser, Recipe};
use blastscope_network::Graph;
use serde::Serialize;
use std::time::Instant;
use tch::{Device, Kind, Tensor};

/// Steps that are timed, after one that is not.
const STEPS: usize = 3;
/// Cells a step on the CPU when it is tried; the time is taken as proportional.
const CPU_CELLS: usize = 8;
/// Runs of the store that are looked at, the last ones.
const RUNS: usize = 5;
/// A cell that is only looked at takes about so much of one that is learnt from: forward without backward.
const LOOKED_AT: f64 = 1.0 / 3.0;

/// How fast a training goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CellTime {
    /// Seconds for a cell that is learnt from.
    pub seconds_per_cell: f64,
    /// Where that comes from.
    pub source: String,
}

impl CellTime {
    /// From runs of the same network, input and batch in the same environment, if there are any with steps.
    pub(crate) fn of_runs(rows: &[Row], recipe: &Recipe, here: &Environment) -> Option<Self> {
        let alike = |row: &&Row| {
            let same_place = row
                .environment
                .as_ref()
                .is_some_and(|e| (&e.host, &e.device, e.threads) == (&here.host, &here.device, here.threads));
            let same_work = || {
                Recipe::parse(&row.recipe).is_ok_and(|r| {
                    r.network == recipe.network
                        && r.input.size == recipe.input.size
                        && r.optimisation.batch == recipe.optimisation.batch
                })
            };
            same_place && row.steps > 0 && row.seconds > 0.0 && same_work()
        };
        let runs: Vec<&Row> = rows.iter().rev().filter(alike).take(RUNS).collect();
        let steps: u64 = runs.iter().map(|r| r.steps).sum();
        let seconds: f64 = runs.iter().map(|r| r.seconds).sum();
        (steps > 0).then(|| Self {
            seconds_per_cell: seconds / steps as f64 / recipe.optimisation.batch as f64,
            source: format!(
                "{} runs of the store, here, of the same network, input and batch",
                runs.len()
            ),
        })
    }

    /// By a few steps on random pixels, forwards and backwards with the optimiser; nothing is kept.
    pub(crate) fn measured(recipe: &Recipe, graph: &Graph, device: Device) -> Result<Self, Error> {
        let network = Network::new(graph, device, recipe.seed)?;
        let mut optimiser = Optimiser::new(&network, &recipe.optimisation.settings())?;
        let batch = match device {
            Device::Cpu => recipe.optimisation.batch.min(CPU_CELLS),
            _ => recipe.optimisation.batch,
        };
        let size = i64::from(recipe.input.size);
        let pictures = Tensor::f_rand([batch as i64, 3, size, size], (Kind::Float, device))?;
        let mut began = Instant::now();
        for step in 0..=STEPS {
            // Any loss has the gradients of all weights; reading it waits for the device.
            let loss = network
                .forward(&pictures, true)?
                .f_square()?
                .f_mean(Kind::Float)?;
            optimiser.zero_gradients()?;
            loss.f_backward()?;
            optimiser.step(1e-6)?;
            f64::try_from(&loss)?;
            if step == 0 {
                began = Instant::now();
            }
        }
        Ok(Self {
            seconds_per_cell: began.elapsed().as_secs_f64() / (STEPS * batch) as f64,
            source: format!("{STEPS} steps of {batch} cells, tried now without reading or augmenting cells"),
        })
    }

    /// Seconds for some epochs, each of so many cells to learn from and to validate on, and a test at the end.
    pub(crate) fn seconds(&self, epochs: usize, train: usize, validation: usize, test: usize) -> f64 {
        let an_epoch = train as f64 + LOOKED_AT * validation as f64;
        self.seconds_per_cell * (epochs as f64 * an_epoch + LOOKED_AT * (test + validation) as f64)
    }
}
