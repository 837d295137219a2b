use crate::data::DataSet;
use crate::libtorch_ffi::{cuda_memory, forget_peak};
use crate::network::Network;
use crate::train::augment::DeviceCells;
use crate::train::compute::Compute;
use crate::train::feed::{Feed, Order, Sampler};
use crate::train::learner::AveragedWeights;
use crate::train::optimiser::Optimiser;
use crate::train::recipe::Recipe;
use crate::{Error, ErrorKind};
use serde::Serialize;
use std::time::Instant;
use tch::{Device, Kind, Tensor};

/// Training without a run: nothing is validated or kept, the time is taken.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    recipe: &'a Recipe,
    data: &'a DataSet,
    compute: Compute,
    resident: Option<DeviceCells>,
    network: Network,
    averaged: AveragedWeights,
    optimiser: Optimiser,
    sampler: Sampler,
    class_weights: Tensor,
    rounds: usize,
}

/// What some steps took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct BenchRound {
    /// Cells that went forward and back.
    pub images: usize,
    /// From the first batch asked for to the end of the last step.
    pub seconds: f64,
    /// Of these, waiting for batches.
    pub waited: f64,
    /// Loss of the last step.
    pub loss: f64,
    /// Bytes of tensors on the GPU at most.
    pub gpu_memory: Option<u64>,
}

impl<'a> Bench<'a> {
    /// A fresh network on all cells of the data.
    pub(crate) fn new(recipe: &'a Recipe, data: &'a DataSet, device: Device) -> Result<Self, Error> {
        let graph = recipe.graph(&data.collection().labels)?;
        let compute = recipe.compute(device);
        let mut network = Network::new(&graph, device, recipe.seed)?;
        let mut averaged = Network::new(&graph, device, recipe.seed)?;
        compute.prepare(&mut network)?;
        compute.prepare(&mut averaged)?;
        let cells: Vec<usize> = (0..data.len()).collect();
        let resident = if compute.augments {
            DeviceCells::that_fit(data, &cells, device)?
        } else {
            None
        };
        let batch = recipe.optimisation.batch;
        let sampler = Sampler::new(data, cells, &recipe.sampling, batch, recipe.seed)?;
        Ok(Self {
            class_weights: Tensor::f_from_slice(sampler.class_weights())?.f_to_device(device)?,
            averaged: AveragedWeights::new(&network, averaged, recipe.optimisation.average_decay),
            optimiser: Optimiser::new(&network, &recipe.optimisation.settings())?,
            recipe,
            data,
            compute,
            resident,
            network,
            sampler,
            rounds: 0,
        })
    }

    /// How it computes, in words.
    pub(crate) fn describe(&self) -> String {
        let place = if self.resident.is_some() {
            ", cells on the device"
        } else {
            ""
        };
        let count = blastscope_network::account::count(self.network.graph());
        format!(
            "{}: {} parameters, on {:?}, {}{place}",
            self.recipe.network.name,
            count.parameters,
            self.compute.device,
            self.compute.describe()
        )
    }

    /// Makes so many steps: a batch augmented, forward, backward, optimiser and average.
    pub(crate) fn round(&mut self, steps: usize) -> Result<BenchRound, Error> {
        self.rounds += 1;
        let (recipe, device) = (self.recipe, self.compute.device);
        let batch = recipe.optimisation.batch;
        let mut cells = Vec::new();
        for epoch in 1.. {
            cells.extend(self.sampler.epoch(self.rounds * 1000 + epoch));
            if cells.len() >= steps * batch {
                break;
            }
        }
        cells.truncate(steps * batch);
        let order = Order {
            cells,
            batch,
            done: 0,
            key: [recipe.seed, self.rounds as u64],
        };
        let images = order.cells.len();
        forget_peak(device);
        synchronise(device);
        let began = Instant::now();
        let (waited, loss) = std::thread::scope(|scope| {
            let resident = self.resident.as_ref();
            let augmentation = &recipe.augmentation;
            let mut feed = Feed::begin(scope, self.data, augmentation, resident, order, self.compute);
            let mut last = None;
            for inputs in feed.by_ref() {
                let inputs = inputs?;
                let (logits, penalty) = {
                    let _bf16 = self.compute.autocast()?;
                    self.network.forward_with_penalties(&inputs.pictures)?
                };
                let logits = logits.f_to_kind(Kind::Float)?;
                let smoothing = recipe.optimisation.label_smoothing;
                let mut loss = recipe
                    .loss
                    .of(&logits, &inputs.labels, &self.class_weights, smoothing)?;
                if let Some(penalty) = penalty {
                    loss = loss.f_add(&penalty)?;
                }
                self.optimiser.zero_gradients()?;
                loss.f_backward()?;
                self.optimiser.step(recipe.optimisation.learning_rate)?;
                if recipe.optimisation.average_decay > 0.0 {
                    self.averaged.follow(self.optimiser.steps())?;
                }
                last = Some(loss.f_detach()?);
            }
            let last = last.ok_or_else(|| Error::new(ErrorKind::Recipe, "a round has at least one step"))?;
            // Reading it waits for the device.
            Ok::<_, Error>((feed.waited(), f64::try_from(last)?))
        })?;
        Ok(BenchRound {
            images,
            seconds: began.elapsed().as_secs_f64(),
            waited: waited.as_secs_f64(),
            loss,
            gpu_memory: cuda_memory(device).map(|m| m.peak),
        })
    }
}

fn synchronise(device: Device) {
    if let Device::Cuda(number) = device {
        tch::Cuda::synchronize(number as i64);
    }
}
