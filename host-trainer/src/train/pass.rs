//! One pass over the cells of an epoch: batches in, steps of the optimiser out.

use super::average::Average;
use super::batches::Order;
use super::compute::Compute;
use super::descent::Descent;
use super::device_augmentation::DeviceCells;
use super::feed::Feed;
use super::inputs::Inputs;
use super::optimiser::Optimiser;
use super::{Place, Run, Sampler, Stage};
use crate::data::DataSet;
use crate::network::Network;
use crate::{Error, ErrorKind, progress};
use tch::{Kind, Tensor};

/// What a pass works with.
pub(super) struct Pass<'a> {
    pub run: &'a Run,
    pub data: &'a DataSet,
    pub compute: Compute,
    /// Cells that lie on the device.
    pub resident: Option<&'a DeviceCells>,
    pub network: &'a Network,
    pub average: &'a mut Average,
    pub optimiser: &'a mut Optimiser,
    pub sampler: &'a Sampler,
    pub class_weights: &'a Tensor,
    pub stage: &'a Stage,
    /// Steps of all stages before this one.
    pub steps_before: u64,
    /// Counted from 1.
    pub epoch: usize,
}

impl Pass<'_> {
    /// Goes over all cells of the epoch.
    pub fn descend(self) -> Result<Descent, Error> {
        let (run, data) = (self.run, self.data);
        // Dropout draws from libtorch's stream; set by epoch, it does not depend on what came before.
        // Nothing else may draw from it within a pass.
        tch::manual_seed(run.seed(self.epoch as u64) as i64);
        let recipe = run.recipe();
        let optimisation = &recipe.optimisation;
        let order = self.sampler.epoch(self.epoch);
        let steps = order.len().div_ceil(optimisation.batch);
        let title = format!("epoch {}/{}", self.epoch, recipe.epochs());
        let bar = progress::Progress::quiet(&title, steps);
        let mut losses: Vec<Tensor> = Vec::with_capacity(steps);
        let mut rate = 0.0;
        std::thread::scope(|scope| {
            let key = [recipe.seed, self.epoch as u64];
            let order = Order {
                cells: order,
                batch: optimisation.batch,
                done: 0,
                key,
            };
            let augmentation = &recipe.augmentation;
            let feed = Feed::begin(scope, data, augmentation, self.resident, order, self.compute);
            for inputs in feed {
                let inputs = inputs?;
                rate = self.rate(steps);
                let loss = self.loss(&inputs)?;
                self.optimiser.zero_gradients();
                loss.f_backward()?;
                self.optimiser.step(rate)?;
                self.average.follow(self.optimiser.steps())?;
                // Kept on the device: reading it at each step would stall CUDA.
                losses.push(loss.f_detach()?.f_reshape([1])?);
                bar.step();
            }
            Ok::<(), Error>(())
        })?;
        bar.clear();
        let losses = Vec::<f64>::try_from(&Tensor::f_cat(&losses, 0)?.f_to_kind(Kind::Double)?)?;
        let descent = Descent::of(&losses, rate);
        if !descent.loss.is_finite() {
            return Err(Error::new(
                ErrorKind::Torch,
                format!(
                    "training diverged in epoch {} (loss {}): lower optimisation.learning_rate",
                    self.epoch, descent.loss
                ),
            ));
        }
        Ok(descent)
    }

    /// The rate of the next step.
    fn rate(&self, steps_per_epoch: usize) -> f64 {
        let optimisation = &self.run.recipe().optimisation;
        let largest = self.stage.learning_rate.unwrap_or(optimisation.learning_rate);
        let place = Place {
            epoch: self.epoch - 1,
            step: (self.optimiser.steps() - self.steps_before) as usize,
            steps_per_epoch,
            stage_epochs: self.stage.epochs,
        };
        let schedule = optimisation.schedule;
        schedule.rate(largest, &optimisation.steps, optimisation.warm_up_epochs, place)
    }

    /// All that is made small: the distance from outputs to labels, and the penalties of the network.
    fn loss(&self, inputs: &Inputs) -> Result<Tensor, Error> {
        let recipe = self.run.recipe();
        let (logits, penalty) = {
            let _bf16 = self.compute.autocast()?;
            self.network.forward_with_penalties(&inputs.pictures)?
        };
        // The distance is taken in f32 whatever the network computed in.
        let logits = logits.f_to_kind(Kind::Float)?;
        let smoothing = recipe.optimisation.label_smoothing;
        let mut loss = recipe
            .loss
            .of(&logits, &inputs.labels, self.class_weights, smoothing)?;
        if let Some(penalty) = penalty {
            loss = loss.f_add(&penalty)?;
        }
        Ok(loss)
    }
}
