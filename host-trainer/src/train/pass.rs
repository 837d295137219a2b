//! One pass over the cells of an epoch: batches in, steps of the optimiser out.

use super::average::Average;
use super::batches::batches_ahead;
use super::descent::Descent;
use super::inputs::Inputs;
use super::optimiser::Optimiser;
use super::{Place, Run, Sampler, Stage};
use crate::data::DataSet;
use crate::ensemble::Teachers;
use crate::network::{Network, NodeId};
use crate::{Error, ErrorKind, progress};
use tch::{Device, Kind, Tensor};

/// What a pass works with.
pub(super) struct Pass<'a> {
    pub run: &'a Run,
    pub data: &'a DataSet,
    pub device: Device,
    pub network: &'a Network,
    pub average: &'a mut Average,
    pub optimiser: &'a mut Optimiser,
    pub sampler: &'a Sampler,
    pub class_weights: &'a Tensor,
    pub teachers: Option<&'a Teachers>,
    /// Nodes whose values are compared with the teachers' features.
    pub projections: &'a [NodeId],
    pub stage: &'a Stage,
    /// Steps of all stages before this one.
    pub steps_before: u64,
    /// Counted from 1.
    pub epoch: usize,
}

impl Pass<'_> {
    /// Goes over all cells of the epoch.
    pub fn descend(self) -> Result<Descent, Error> {
        let (run, data, device) = (self.run, self.data, self.device);
        // Dropout draws from libtorch's stream; set by epoch, it does not depend on what came before.
        // Nothing else may draw from it within a pass.
        tch::manual_seed(run.seed(self.epoch as u64) as i64);
        let recipe = run.recipe();
        let optimisation = &recipe.optimisation;
        let order = self.sampler.epoch(self.epoch);
        let steps = order.len().div_ceil(optimisation.batch);
        let size = i64::from(data.spec().size);
        let title = format!("epoch {}/{}", self.epoch, recipe.epochs());
        let bar = progress::Progress::quiet(&title, steps);
        let mut losses: Vec<Tensor> = Vec::with_capacity(steps);
        let mut rate = 0.0;
        std::thread::scope(|scope| {
            let key = [recipe.seed, self.epoch as u64];
            let batches = batches_ahead(
                scope,
                data,
                &recipe.augmentation,
                order,
                optimisation.batch,
                0,
                key,
            );
            for batch in batches {
                let inputs = Inputs::of(&batch, size, device)?;
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
        let network = self.network;
        let (logits, penalty, projected) = network.forward_in_training(&inputs.pictures, self.projections)?;
        let smoothing = recipe.optimisation.label_smoothing;
        let mut loss = recipe
            .loss
            .of(&logits, &inputs.labels, self.class_weights, smoothing)?;
        if let Some(teachers) = self.teachers {
            loss = teachers
                .judge(&inputs.pictures)?
                .loss(&logits, &projected, &loss)?;
        }
        if let Some(penalty) = penalty {
            loss = loss.f_add(&penalty)?;
        }
        Ok(loss)
    }
}
