use crate::train::{OptimiserKind, Recipe};
use blastscope_network::{Graph, account};
use serde::Serialize;

/// Bytes that a training holds, counted, not measured; what libtorch itself and its kernels take comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// Weights, their gradients and their running average.
    pub weights: u64,
    /// What the optimiser keeps of each weight.
    pub optimiser: u64,
    /// What the layers give for a batch, kept until the gradients are known.
    pub activations: u64,
    /// Decoded cells, in main memory.
    pub data: u64,
}

impl Memory {
    /// Of a training on so many cells in memory. Single precision; nothing counted twice for being computed in
    /// place, nothing left out.
    pub(crate) fn of(recipe: &Recipe, graph: &Graph, cells: usize) -> Self {
        let counted = account::count(graph);
        let value = size_of::<f32>() as u64;
        let weights = (counted.parameters + counted.running_statistics) as u64 * value;
        let trained = counted.parameters as u64 * value;
        let kept = match recipe.optimisation.optimiser {
            OptimiserKind::Sgd => u64::from(recipe.optimisation.momentum > 0.0),
            _ => 2,
        };
        let outputs = counted
            .nodes
            .iter()
            .map(|n| n.output.iter().product::<usize>() as u64);
        let size = u64::from(recipe.input.size);
        Self {
            weights: 2 * weights + trained,
            optimiser: kept * trained,
            activations: outputs.sum::<u64>() * value * recipe.optimisation.batch as u64,
            data: cells as u64 * 3 * size * size,
        }
    }

    /// All together.
    pub(crate) fn total(&self) -> u64 {
        self.weights + self.optimiser + self.activations + self.data
    }
}
