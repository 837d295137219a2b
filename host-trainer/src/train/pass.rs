//! One pass over the cells of an epoch: batches in, steps of the optimiser out.
//!
//! What is random in it is a function of the seed, the fold, the epoch and the batch: which cells, how they
//! are changed and what they are blended with have streams of their own, and libtorch's stream, which
//! dropout alone draws from, is set at the beginning of the epoch and brought to where it stood. So a pass
//! that was broken off goes on with the same numbers. Nothing else may draw from libtorch's stream here.

use super::average::Average;
use super::batches::Order;
use super::checkpoint::{Progress, Within};
use super::compute::Compute;
use super::descent::Descent;
use super::device_augmentation::DeviceCells;
use super::event::Listener;
use super::feed::Feed;
use super::inputs::Inputs;
use super::losses::Losses;
use super::mixup::Mixup;
use super::optimiser::Optimiser;
use super::pace::Meter;
use super::{Event, Interrupt, Place, Recipe, Run, Sampler, Stage};
use crate::data::DataSet;
use crate::ensemble::Teachers;
use crate::network::Network;
use crate::{Error, ErrorKind, progress};
use blastscope_network::NodeId;
use blastscope_shared::random::SplitMix64;
use tch::{Kind, Tensor};

/// Tells the stream of mixup from others of the same epoch and batch.
const MIXUP: u64 = 0x6d69;

/// What a pass works with.
pub(super) struct Pass<'a, 'l> {
    pub run: &'a Run,
    pub data: &'a DataSet,
    pub compute: Compute,
    /// Cells that lie on the device.
    pub resident: Option<&'a DeviceCells>,
    pub network: &'a Network,
    /// The network that [`Pass::average`] changes.
    pub averaged: &'a Network,
    pub average: &'a mut Average,
    pub optimiser: &'a mut Optimiser,
    pub sampler: &'a Sampler,
    pub class_weights: &'a Tensor,
    pub teachers: Option<&'a Teachers>,
    /// Nodes whose values are compared with the teachers' features.
    pub projections: &'a [NodeId],
    pub stage: &'a Stage,
    /// Counted from 1.
    pub epoch: usize,
    /// Where the run stands; what is done of the epoch is left out.
    pub progress: &'a mut Progress,
    pub interrupt: &'a Interrupt,
    pub listener: &'a mut Listener<'l>,
}

impl Pass<'_, '_> {
    /// Goes over the cells of the epoch that are left. `None`: it was interrupted, and its state is written.
    pub fn descend(mut self) -> Result<Option<Descent>, Error> {
        let (run, data) = (self.run, self.data);
        let recipe = run.recipe();
        let batch = recipe.optimisation.batch;
        let order = self.sampler.epoch(self.epoch);
        let cells = order.len();
        let total = cells.div_ceil(batch);
        let Within {
            batches: mut done,
            seconds,
            waited,
            losses,
        } = self.progress.within.take().unwrap_or_default();

        tch::manual_seed(run.seed(self.epoch as u64) as i64);
        self.network.repeat_draws(done, batch.min(cells))?;
        let mut losses = Losses::after(losses, self.compute.device);
        let mut meter = Meter::after(seconds, waited);
        let title = format!("epoch {}/{}", self.epoch, recipe.epochs());
        let bar = progress::Progress::quiet(&title, total);
        (0..done).for_each(|_| bar.step());

        let group = recipe.optimisation.accumulate;
        let mut rate = 0.0;
        let whole = std::thread::scope(|scope| {
            let order = Order {
                cells: order,
                batch,
                done,
                key: [recipe.seed, self.epoch as u64],
            };
            let augmentation = &recipe.augmentation;
            let mut feed = Feed::begin(scope, data, augmentation, self.resident, order, self.compute);
            while done < total {
                let end = (done + group).min(total);
                self.optimiser.zero_gradients()?;
                for number in done..end {
                    let next = meter.wait(|| feed.next());
                    let inputs = next.ok_or_else(|| {
                        let message = format!(
                            "no more batches after {number} of {total} of epoch {}",
                            self.epoch
                        );
                        Error::new(ErrorKind::Data, message)
                    })??;
                    let loss = self.loss(&self.mixed(inputs, number)?)?;
                    self.refuse(losses.add(&loss)?, &losses, total)?;
                    // The mean over the batches of the step; the last step of an epoch may have fewer.
                    match end - done {
                        1 => loss.f_backward()?,
                        many => loss.f_div_scalar(many as f64)?.f_backward()?,
                    }
                    bar.step();
                }
                rate = self.step(total.div_ceil(group))?;
                done = end;
                let interrupted = self.interrupt.is_asked();
                let due = recipe.checkpoints.is_due(done.div_ceil(group));
                if done < total && (due || interrupted) {
                    self.refuse(losses.look()?, &losses, total)?;
                    self.write(done, total, &losses, &meter)?;
                    if interrupted {
                        return Ok(false);
                    }
                }
            }
            Ok::<bool, Error>(true)
        })?;
        bar.clear();
        if !whole {
            return Ok(None);
        }
        self.refuse(losses.look()?, &losses, total)?;
        self.progress.within = None;
        Ok(Some(Descent::of(losses.read(), rate, meter.pace(cells))))
    }

    /// The batch, blended where the recipe asks for it.
    fn mixed(&self, inputs: Inputs, number: usize) -> Result<Inputs, Error> {
        let Recipe {
            optimisation, seed, ..
        } = self.run.recipe();
        if optimisation.mixup == 0.0 {
            return Ok(inputs);
        }
        let mut random = SplitMix64::keyed(&[*seed, self.epoch as u64, number as u64, MIXUP]);
        let count = inputs.labels.size()[0] as usize;
        Mixup::draw(optimisation.mixup, count, &mut random).apply(&inputs)
    }

    /// All that is made small: the distance from outputs to labels, and the penalties of the network.
    fn loss(&self, inputs: &Inputs) -> Result<Tensor, Error> {
        let recipe = self.run.recipe();
        let smoothing = recipe.optimisation.label_smoothing;
        let (logits, penalty, projected) = {
            let _bf16 = self.compute.autocast()?;
            self.network
                .forward_in_training(&inputs.pictures, self.projections)?
        };
        // The distance is taken in f32 whatever the network computed in.
        let logits = logits.f_to_kind(Kind::Float)?;
        let to = |labels: &Tensor| recipe.loss.of(&logits, labels, self.class_weights, smoothing);
        let mut loss = to(&inputs.labels)?;
        if let Some(blend) = &inputs.blend {
            loss = to(&blend.labels)?.f_lerp(&loss, blend.share)?;
        }
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

    /// One step along the gradients that lie there; gives its rate.
    fn step(&mut self, steps_per_epoch: usize) -> Result<f64, Error> {
        let optimisation = &self.run.recipe().optimisation;
        let largest = self.stage.learning_rate.unwrap_or(optimisation.learning_rate);
        let place = Place {
            epoch: self.epoch - 1,
            step: (self.optimiser.steps() - self.progress.stage.steps_before) as usize,
            steps_per_epoch,
            stage_epochs: self.stage.epochs,
        };
        let rate = optimisation.rate(largest, place);
        if optimisation.gradient_clip > 0.0 {
            self.optimiser.clip_gradients(optimisation.gradient_clip)?;
        }
        self.optimiser.step(rate)?;
        self.average.follow(self.optimiser.steps())?;
        Ok(rate)
    }

    /// Refuses to go on after a batch whose loss is no number.
    fn refuse(&self, batch: Option<usize>, losses: &Losses, total: usize) -> Result<(), Error> {
        let Some(batch) = batch else {
            return Ok(());
        };
        let group = self.run.recipe().optimisation.accumulate;
        let message = format!(
            "training diverged in epoch {}, step {} of {}: the loss is {}",
            self.epoch,
            batch / group + 1,
            total.div_ceil(group),
            losses.read()[batch]
        );
        Err(Error::new(ErrorKind::Diverged, message))
    }

    /// Writes the state after so many batches of `total`.
    fn write(&mut self, done: usize, total: usize, losses: &Losses, meter: &Meter) -> Result<(), Error> {
        self.progress.within = Some(Within {
            batches: done,
            seconds: meter.seconds(),
            waited: meter.waited(),
            losses: losses.read().to_vec(),
        });
        let keep = self.run.recipe().checkpoints.keep_last;
        self.progress.write(
            self.run.folder(),
            self.network,
            self.averaged,
            self.optimiser,
            keep,
        )?;
        (self.listener)(&Event::State {
            epoch: self.epoch,
            batches: done,
            of: total,
        });
        Ok(())
    }
}
