use super::average::Average;
use super::batches::{Batch, batches_ahead};
use super::checkpoint::{Best, Progress, append_record, trim_records};
use super::optimiser::Optimiser;
use super::{EpochRecord, Place, Run, Sampler, Stage, ValidationFigures};
use crate::data::DataSet;
use crate::evaluate::predict;
use crate::network::{Network, trained_names};
use crate::tensorboard::EventLog;
use crate::{Error, ErrorKind, progress};
use blastscope_shared::random::SplitMix64;
use std::time::Instant;
use tch::{Device, Kind, Tensor};

/// Why training returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// All epochs are done.
    Finished,
    /// The validation figure did not improve any more.
    Early,
    /// As many epochs as asked for are done; the same call goes on.
    Paused,
}

/// One training of one network, from where its run stands.
pub struct Session<'a> {
    run: Run,
    data: &'a DataSet,
    device: Device,
    network: Network,
    averaged: Network,
    average: Average,
    optimiser: Optimiser,
    /// The stage whose blocks are thawed now.
    entered: Option<usize>,
    sampler: Sampler,
    class_weights: Tensor,
    validation: Vec<usize>,
    progress: Progress,
    events: EventLog,
}

impl<'a> Session<'a> {
    /// Makes the network anew or takes up the last whole epoch.
    pub fn start(run: Run, data: &'a DataSet, device: Device) -> Result<Self, Error> {
        run.check_data(data)?;
        let recipe = run.recipe();
        let graph = recipe.graph(&run.description().labels)?;
        let mut network = Network::new(&graph, device, seed(&run, 0))?;
        let mut averaged = Network::new(&graph, device, 0)?;
        let mut optimiser = Optimiser::new(&network, &recipe.optimisation.settings())?;
        let progress = match Progress::read(run.folder())? {
            Some(progress) => {
                progress.restore(run.folder(), &mut network, &mut averaged, &mut optimiser)?;
                progress
            }
            None => {
                recipe.pretrained.begin(&mut network)?;
                averaged.load(&network.weights()?)?;
                Progress::new()
            }
        };
        trim_records(run.folder(), progress.epoch)?;
        let subjects = &run.description().subjects;
        let sampler = Sampler::new(
            data,
            data.cells_of(&subjects.train),
            &recipe.sampling,
            recipe.optimisation.batch,
            recipe.seed,
        )?;
        let class_weights = recipe.loss.class_weights.as_deref();
        let class_weights = class_weights.unwrap_or_else(|| sampler.class_weights());
        Ok(Self {
            class_weights: Tensor::f_from_slice(class_weights)?.f_to_device(device)?,
            average: Average::new(&network, &averaged, recipe.optimisation.average_decay),
            validation: data.cells_of(&subjects.validation),
            events: EventLog::new(run.folder()),
            run,
            data,
            device,
            network,
            averaged,
            optimiser,
            entered: None,
            sampler,
            progress,
        })
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// What is trained where, in a line.
    pub fn describe(&self) -> String {
        let count = crate::network::account::count(self.network.graph());
        format!(
            "{}: {} with {} parameters, {:.1} M MACs, on {:?}; {} cells an epoch, {} to validate, {} epochs done",
            self.run.folder().display(),
            self.run.recipe().network.name,
            count.parameters,
            count.macs as f64 / 1e6,
            self.device,
            self.sampler.count(),
            self.validation.len(),
            self.progress.epoch
        )
    }

    /// Trains until the end, or until `pause_after` epochs are done in all.
    pub fn train(&mut self, pause_after: Option<usize>) -> Result<Stopped, Error> {
        let plan = self.run.recipe().plan();
        let stopping = self.run.recipe().early_stopping.clone();
        loop {
            let at = &self.progress.stage;
            let early = !self.validation.is_empty() && at.is_stale(self.progress.epoch, &stopping);
            let stage = &plan[at.number.min(plan.len() - 1)];
            if early || self.progress.epoch - at.epochs_before >= stage.epochs {
                if at.number + 1 < plan.len() {
                    let steps = self.optimiser.steps();
                    self.progress.stage = at.next(self.progress.epoch, steps);
                    continue;
                }
                if !self.progress.finished {
                    self.progress.finished = true;
                    self.progress.commit(self.run.folder())?;
                }
                return Ok(if early { Stopped::Early } else { Stopped::Finished });
            }
            if pause_after.is_some_and(|n| self.progress.epoch >= n) {
                return Ok(Stopped::Paused);
            }
            self.epoch(stage)?;
        }
    }

    /// Thaws what the stage trains and freezes the rest.
    fn enter(&mut self, stage: &Stage) -> Result<(), Error> {
        let number = self.progress.stage.number;
        if self.entered == Some(number) {
            return Ok(());
        }
        let frozen = stage.train.frozen(self.network.graph())?;
        self.network.freeze(&frozen)?;
        self.averaged.freeze(&frozen)?;
        let trained = trained_names(self.network.graph(), &frozen);
        self.optimiser.train_only(|name| trained.contains(name));
        self.entered = Some(number);
        Ok(())
    }

    fn epoch(&mut self, stage: &Stage) -> Result<(), Error> {
        self.enter(stage)?;
        let began = Instant::now();
        let epoch = self.progress.epoch + 1;
        let descent = self.descend(epoch, stage)?;
        self.estimate_norms(epoch)?;
        let recipe = self.run.recipe();
        let (stopping, epochs) = (recipe.early_stopping.clone(), recipe.epochs());
        let staged = !recipe.stages.is_empty();
        let validation = if self.validation.is_empty() {
            None
        } else {
            let logits = predict(&self.averaged, self.data, &self.validation)?;
            Some(ValidationFigures::of(self.data, &self.validation, &logits))
        };
        // Without validation cells the last epoch is the one to keep.
        let score = validation
            .as_ref()
            .map_or(epoch as f64, |v| stopping.metric.score(epoch, v));
        let eligible = epoch >= stopping.earliest_epoch.min(epochs);
        let best = eligible && self.progress.best.is_none_or(|b| score > b.score);
        self.progress.epoch = epoch;
        self.progress.steps = self.optimiser.steps();
        if eligible {
            self.progress.stage.observe(epoch, score, &stopping);
        }
        if best {
            self.progress.best = Some(Best { epoch, score });
            self.averaged.weights()?.save(&self.run.best_path())?;
        }
        let record = EpochRecord {
            epoch,
            epochs,
            stage: staged.then_some(self.progress.stage.number + 1),
            steps: self.optimiser.steps(),
            learning_rate: descent.rate,
            loss: descent.loss,
            loss_at_start: descent.at_start,
            loss_at_end: descent.at_end,
            validation,
            best,
            seconds: began.elapsed().as_secs_f64(),
        };
        append_record(self.run.folder(), &record)?;
        self.events.log(&record, self.sampler.count())?;
        self.progress
            .write(self.run.folder(), &self.network, &self.averaged, &self.optimiser)?;
        eprintln!("{record}");
        Ok(())
    }

    /// Estimates the norms of the average on cells of the epoch, augmented as in training.
    fn estimate_norms(&self, epoch: usize) -> Result<(), Error> {
        let recipe = self.run.recipe();
        if recipe.optimisation.average_norm_cells == 0 {
            return Ok(());
        }
        let mut order = self.sampler.epoch(epoch);
        order.truncate(recipe.optimisation.average_norm_cells);
        let batch = recipe.optimisation.batch;
        order.truncate(order.len() / batch * batch);
        let size = i64::from(self.data.spec().size);
        std::thread::scope(|scope| {
            let key = [recipe.seed, epoch as u64];
            let batches = batches_ahead(scope, self.data, &recipe.augmentation, order, batch, key);
            let tensor = |b: Batch| input_tensor(&b.pixels, b.labels.len() as i64, size, self.device);
            self.averaged.estimate_statistics(batches.into_iter().map(tensor))
        })
    }

    /// One pass over the cells of the epoch.
    fn descend(&mut self, epoch: usize, stage: &Stage) -> Result<Descent, Error> {
        // Dropout draws from libtorch's stream; set by epoch, it does not depend on what came before.
        tch::manual_seed(seed(&self.run, epoch as u64) as i64);
        let Self {
            run,
            data,
            network,
            optimiser,
            average,
            sampler,
            class_weights,
            device,
            progress: at,
            ..
        } = self;
        let recipe = run.recipe();
        let optimisation = &recipe.optimisation;
        let largest = stage.learning_rate.unwrap_or(optimisation.learning_rate);
        let order = sampler.epoch(epoch);
        let steps = order.len().div_ceil(optimisation.batch);
        let size = i64::from(data.spec().size);
        let bar = progress::Progress::quiet(&format!("epoch {epoch}/{}", recipe.epochs()), steps);
        let mut losses: Vec<Tensor> = Vec::with_capacity(steps);
        let mut rate = 0.0;
        std::thread::scope(|scope| {
            let key = [recipe.seed, epoch as u64];
            let batches = batches_ahead(scope, data, &recipe.augmentation, order, optimisation.batch, key);
            for batch in batches {
                let count = batch.labels.len() as i64;
                let pictures = input_tensor(&batch.pixels, count, size, *device)?;
                let labels = Tensor::f_from_slice(&batch.labels)?.f_to_device(*device)?;
                let place = Place {
                    epoch: epoch - 1,
                    step: (optimiser.steps() - at.stage.steps_before) as usize,
                    steps_per_epoch: steps,
                    stage_epochs: stage.epochs,
                };
                let schedule = optimisation.schedule;
                rate = schedule.rate(largest, &optimisation.steps, optimisation.warm_up_epochs, place);
                let (logits, penalty) = network.forward_with_penalties(&pictures)?;
                let smoothing = optimisation.label_smoothing;
                let mut loss = recipe.loss.of(&logits, &labels, class_weights, smoothing)?;
                if let Some(penalty) = penalty {
                    loss = loss.f_add(&penalty)?;
                }
                optimiser.zero_gradients();
                loss.f_backward()?;
                optimiser.step(rate)?;
                average.follow(optimiser.steps())?;
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
                    "training diverged in epoch {epoch} (loss {}): lower optimisation.learning_rate",
                    descent.loss
                ),
            ));
        }
        Ok(descent)
    }
}

/// What one pass over the cells came to.
struct Descent {
    /// Mean loss.
    loss: f64,
    /// Mean loss of the first quarter of the steps, one at least.
    at_start: f64,
    /// Mean loss of the last quarter of the steps, one at least.
    at_end: f64,
    /// Rate of the last step.
    rate: f64,
}

impl Descent {
    fn of(losses: &[f64], rate: f64) -> Self {
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
        let quarter = (losses.len() / 4).max(1).min(losses.len());
        Self {
            loss: mean(losses),
            at_start: mean(&losses[..quarter]),
            at_end: mean(&losses[losses.len() - quarter..]),
            rate,
        }
    }
}

/// `n x 3 x size x size` bytes as network input: value / 255, the same as `CellCrop::input`.
pub(crate) fn input_tensor(pixels: &[u8], count: i64, size: i64, device: Device) -> Result<Tensor, Error> {
    let bytes = Tensor::f_from_data_size(pixels, &[count, 3, size, size], Kind::Uint8)?;
    Ok(bytes
        .f_to_device(device)?
        .f_to_kind(Kind::Float)?
        .f_div_scalar_(255.0)?)
}

/// A seed of 63 bits: of the recipe, the fold and the epoch (0: the first weights).
fn seed(run: &Run, epoch: u64) -> u64 {
    let fold = run.description().fold.map_or(0, |f| f as u64 + 1);
    SplitMix64::keyed(&[run.recipe().seed, fold, epoch]).next_u64() >> 1
}
