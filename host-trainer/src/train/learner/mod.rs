//! The loop of training: what is learnt ([`Task`]), what changes ([`State`]), and one epoch after another.

mod averaged_weights;
mod control;
mod epoch;
mod failure;
mod memory;
mod state;
mod task;
mod teacher;

#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod stage_tests;
#[cfg(test)]
mod step_tests;

pub(crate) use averaged_weights::AveragedWeights;
pub(crate) use control::{Event, Interrupt, Stopped};
pub(crate) use teacher::Teacher;

use super::checkpoint::{Best, Progress, refuse_unsound};
use super::epoch::{EpochRecord, EventLog, Throughput, ValidationFigures, append_record, trim_records};
use super::feed::Order;
use super::optimiser::Optimiser;
use super::recipe::Stage;
use super::run::Run;
use crate::data::DataSet;
use crate::libtorch_ffi::{cuda_memory, forget_peak};
use crate::network::{Network, predict};
use crate::{Error, ErrorKind, durable_file};
use control::Listener;
use epoch::Epoch;
use failure::explain;
use state::State;
use std::time::Instant;
use task::Task;
use tch::Device;

/// One training of one network, from where its run stands.
pub(crate) struct Learner<'a> {
    task: Task<'a>,
    state: State,
    interrupt: Interrupt,
    listener: Listener<'a>,
    event_log: Option<Box<dyn EventLog + 'a>>,
}

impl<'a> Learner<'a> {
    /// Makes the network anew or takes up the last state. Refuses other data than those of the run, and a
    /// recipe with teachers without one.
    pub(crate) fn start(
        run: Run,
        data: &'a DataSet,
        device: Device,
        teacher: Option<Box<dyn Teacher + 'a>>,
    ) -> Result<Self, Error> {
        run.check_data(data)?;
        let recipe = run.recipe();
        if recipe.distillation.is_some() && teacher.is_none() {
            return Err(Error::new(
                ErrorKind::Recipe,
                "the recipe names teachers: open them before the training starts",
            ));
        }
        let graph = recipe.graph(&run.description().labels)?;
        let (graph, projections) = match &teacher {
            Some(teacher) => teacher.training_graph(&graph)?,
            None => (graph, Vec::new()),
        };
        let mut network = Network::new(&graph, device, run.seed(0))?;
        let mut averaged = Network::new(&graph, device, 0)?;
        let compute = recipe.compute(device);
        compute.prepare(&mut network)?;
        compute.prepare(&mut averaged)?;
        let mut optimiser = Optimiser::new(&network, &recipe.optimisation.settings())?;
        let progress = match Progress::read(run.folder())? {
            Some(mut progress) => {
                progress.restore(run.folder(), &mut network, &mut averaged, &mut optimiser)?;
                progress.tidy(run.folder(), recipe.checkpoints.keep_last)?;
                progress
            }
            None => {
                recipe.pretrained.begin(&mut network)?;
                averaged.load(&network.weights()?)?;
                Progress::new()
            }
        };
        trim_records(run.folder(), progress.epoch)?;
        let decay = recipe.optimisation.average_decay;
        let task = Task::new(run, data, compute, teacher, projections, device)?;
        let averaged = AveragedWeights::new(&network, averaged, decay);
        Ok(Self {
            task,
            state: State::new(network, averaged, optimiser, progress),
            interrupt: Interrupt::default(),
            listener: Box::new(|_| ()),
            event_log: None,
        })
    }

    /// Ends after the step at which this is asked for.
    pub(crate) fn set_interrupt(&mut self, interrupt: Interrupt) {
        self.interrupt = interrupt;
    }

    /// Calls `listener` with what happens, as it happens.
    pub(crate) fn set_listener(&mut self, listener: impl FnMut(&Event<'_>) + 'a) {
        self.listener = Box::new(listener);
    }

    /// Logs the figures of each epoch to `event_log`.
    pub(crate) fn set_event_log(&mut self, event_log: impl EventLog + 'a) {
        self.event_log = Some(Box::new(event_log));
    }

    /// Where the run stands, in words: epochs, and batches of the one that is not whole.
    pub(crate) fn standing(&self) -> String {
        self.state.progress.to_string()
    }

    /// The run.
    pub(crate) fn run(&self) -> &Run {
        &self.task.run
    }

    /// What is trained where, in a line.
    pub(crate) fn describe(&self) -> String {
        let Task {
            run,
            compute,
            sampler,
            validation,
            ..
        } = &self.task;
        let count = blastscope_network::account::count(self.state.network.graph());
        format!(
            "{}: {} with {} parameters, {:.1} M MACs, on {:?} ({}); {} cells an epoch, {} to validate, {} done",
            run.folder().display(),
            run.recipe().network.name,
            count.parameters,
            count.macs as f64 / 1e6,
            compute.device,
            compute.describe(),
            sampler.count(),
            validation.len(),
            self.state.progress
        )
    }

    /// Trains until the end, or until `pause_after` epochs are done in all.
    pub(crate) fn train(&mut self, pause_after: Option<usize>) -> Result<Stopped, Error> {
        let plan = self.run().recipe().plan();
        let stopping = self.run().recipe().early_stopping.clone();
        loop {
            let progress = &mut self.state.progress;
            let at = &progress.stage;
            let early = !self.task.validation.is_empty() && at.is_stale(progress.epoch, &stopping);
            let stage = &plan[at.number.min(plan.len() - 1)];
            if early || progress.epoch - at.epochs_before >= stage.epochs {
                if at.number + 1 < plan.len() {
                    let steps = self.state.optimiser.steps();
                    progress.stage = at.next(progress.epoch, steps);
                    continue;
                }
                if !progress.finished {
                    progress.finished = true;
                    progress.commit(self.task.run.folder())?;
                }
                return Ok(if early { Stopped::Early } else { Stopped::Finished });
            }
            if pause_after.is_some_and(|n| progress.epoch >= n) {
                return Ok(Stopped::Paused);
            }
            if self.interrupt.is_asked() {
                return Ok(Stopped::Interrupted);
            }
            let whole = self.epoch(stage);
            if !whole.map_err(|e| explain(e, &self.task.run, self.state.network.graph()))? {
                return Ok(Stopped::Interrupted);
            }
        }
    }

    /// True when the epoch is whole, false when it was interrupted.
    fn epoch(&mut self, stage: &Stage) -> Result<bool, Error> {
        self.state.enter(stage)?;
        let began = Instant::now();
        let epoch = self.state.progress.epoch + 1;
        let device = self.task.compute.device;
        forget_peak(device);
        let before = self.state.progress.within.as_ref().map_or(0.0, |w| w.seconds);
        let steps = Epoch {
            task: &self.task,
            state: &mut self.state,
            stage,
            number: epoch,
            interrupt: &self.interrupt,
            listener: &mut self.listener,
        };
        let Some(summary) = steps.train()? else {
            return Ok(false);
        };
        self.estimate_norms(epoch)?;
        let weights = self.state.averaged.network().weights()?;
        refuse_unsound(&weights, epoch, self.state.optimiser.steps())?;
        let validation = self.validate()?;
        let recipe = self.task.recipe();
        let (stopping, epochs) = (&recipe.early_stopping, recipe.epochs());
        let progress = &mut self.state.progress;
        // Without validation cells the last epoch is the one to keep.
        let score = validation
            .as_ref()
            .map_or(epoch as f64, |v| stopping.metric.score(epoch, v));
        let eligible = epoch >= stopping.earliest_epoch.min(epochs);
        let best = eligible && progress.best.is_none_or(|b| score > b.score);
        progress.epoch = epoch;
        if eligible {
            progress.stage.observe(epoch, score, stopping);
        }
        if best {
            progress.best = Some(Best { epoch, score });
            let bytes = weights.without_projections().to_bytes()?;
            durable_file::write(&self.task.run.best_path(), &bytes)?;
        }
        let record = EpochRecord {
            epoch,
            epochs,
            stage: (!recipe.stages.is_empty()).then_some(progress.stage.number + 1),
            steps: self.state.optimiser.steps(),
            learning_rate: summary.rate,
            loss: summary.loss,
            loss_at_start: summary.at_start,
            loss_at_end: summary.at_end,
            validation,
            best,
            seconds: before + began.elapsed().as_secs_f64(),
            pace: Some(Throughput {
                device_memory: cuda_memory(device).map(|m| m.peak),
                ..summary.throughput
            }),
        };
        append_record(self.task.run.folder(), &record)?;
        if let Some(log) = &mut self.event_log {
            log.log(epoch, &record.scalars(self.task.sampler.count()))?;
        }
        self.state.write(&self.task)?;
        eprintln!("{record}");
        (self.listener)(&Event::Epoch(&record));
        Ok(true)
    }

    /// Figures of the averaged weights on the validation cells, where there are any.
    fn validate(&self) -> Result<Option<ValidationFigures>, Error> {
        let Task { data, validation, .. } = &self.task;
        if validation.is_empty() {
            return Ok(None);
        }
        let logits = predict(self.state.averaged.network(), data, validation)?;
        Ok(Some(ValidationFigures::of(data, validation, &logits)))
    }

    /// Estimates the norms of the average on cells of the epoch, augmented as in training.
    fn estimate_norms(&self, epoch: usize) -> Result<(), Error> {
        let recipe = self.task.recipe();
        if recipe.optimisation.average_norm_cells == 0 {
            return Ok(());
        }
        let mut cells = self.task.sampler.epoch(epoch);
        cells.truncate(recipe.optimisation.average_norm_cells);
        let batch = recipe.optimisation.batch;
        cells.truncate(cells.len() / batch * batch);
        let order = Order {
            cells,
            batch,
            done: 0,
            key: [recipe.seed, epoch as u64],
        };
        std::thread::scope(|scope| {
            let pictures = self
                .task
                .feed(scope, order)
                .map(|inputs| Ok::<_, Error>(inputs?.pictures));
            self.state.averaged.network().estimate_statistics(pictures)
        })
    }
}
