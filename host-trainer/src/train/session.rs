use super::average::Average;
use super::batches::Order;
use super::checkpoint::{Best, Progress, refuse_unsound};
use super::compute::Compute;
use super::descent::Descent;
use super::device_augmentation::DeviceCells;
use super::event::Listener;
use super::failure::explain;
use super::feed::Feed;
use super::optimiser::Optimiser;
use super::pass::Pass;
use super::records::{append_record, trim_records};
use super::{EpochRecord, Event, Interrupt, Pace, Run, Sampler, Stage, Stopped, ValidationFigures};
use crate::data::DataSet;
use crate::ensemble::Teachers;
use crate::libtorch_ffi::{cuda_memory, forget_peak};
use crate::network::{Network, predict};
use crate::tensorboard::EventLog;
use crate::{Error, durable_file};
use blastscope_network::NodeId;
use blastscope_network::parameters::trained_names;
use std::time::Instant;
use tch::{Device, Tensor};

/// One training of one network, from where its run stands.
pub struct Session<'a> {
    run: Run,
    data: &'a DataSet,
    compute: Compute,
    /// Cells to train on that lie on the device.
    resident: Option<DeviceCells>,
    network: Network,
    averaged: Network,
    average: Average,
    optimiser: Optimiser,
    /// The stage whose blocks are thawed now.
    entered: Option<usize>,
    sampler: Sampler,
    class_weights: Tensor,
    teachers: Option<Teachers>,
    /// Nodes of the training graph that are compared with the teachers' features.
    projections: Vec<NodeId>,
    validation: Vec<usize>,
    progress: Progress,
    interrupt: Interrupt,
    listener: Listener<'a>,
    events: EventLog,
}

impl<'a> Session<'a> {
    /// Makes the network anew or takes up the last state.
    pub fn start(run: Run, data: &'a DataSet, device: Device) -> Result<Self, Error> {
        run.check_data(data)?;
        let recipe = run.recipe();
        let teachers = Teachers::of(&run, data, device)?;
        let graph = recipe.graph(&run.description().labels)?;
        let (graph, projections) = match &teachers {
            Some(teachers) => teachers.training_graph(&graph)?,
            None => (graph, Vec::new()),
        };
        let mut network = Network::new(&graph, device, run.seed(0))?;
        let mut averaged = Network::new(&graph, device, 0)?;
        let compute = Compute::of(&recipe.optimisation, &recipe.augmentation, device);
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
        let subjects = &run.description().subjects;
        let training = data.cells_of(&subjects.train);
        let resident = match compute.augments {
            true => DeviceCells::that_fit(data, &training, device)?,
            false => None,
        };
        let sampler = Sampler::new(
            data,
            training,
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
            teachers,
            projections,
            events: EventLog::new(run.folder()),
            run,
            data,
            compute,
            resident,
            network,
            averaged,
            optimiser,
            entered: None,
            sampler,
            progress,
            interrupt: Interrupt::default(),
            listener: Box::new(|_| ()),
        })
    }

    /// Ends after the step at which this is uttered.
    pub fn obey(&mut self, interrupt: Interrupt) {
        self.interrupt = interrupt;
    }

    /// Tells `listener` what happens.
    pub fn tell(&mut self, listener: impl FnMut(&Event<'_>) + 'a) {
        self.listener = Box::new(listener);
    }

    /// Where the run stands, in words: epochs, and batches of the one that is not whole.
    pub fn standing(&self) -> String {
        self.progress.to_string()
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// What is trained where, in a line.
    pub fn describe(&self) -> String {
        let count = blastscope_network::account::count(self.network.graph());
        format!(
            "{}: {} with {} parameters, {:.1} M MACs, on {:?} ({}); {} cells an epoch, {} to validate, {} done",
            self.run.folder().display(),
            self.run.recipe().network.name,
            count.parameters,
            count.macs as f64 / 1e6,
            self.compute.device,
            self.compute.describe(),
            self.sampler.count(),
            self.validation.len(),
            self.progress
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
            if self.interrupt.is_asked() {
                return Ok(Stopped::Interrupted);
            }
            let whole = self.epoch(stage);
            if !whole.map_err(|e| explain(e, &self.run, self.network.graph()))? {
                return Ok(Stopped::Interrupted);
            }
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

    /// True when the epoch is whole, false when it was interrupted.
    fn epoch(&mut self, stage: &Stage) -> Result<bool, Error> {
        self.enter(stage)?;
        let began = Instant::now();
        let epoch = self.progress.epoch + 1;
        forget_peak(self.compute.device);
        let before = self.progress.within.as_ref().map_or(0.0, |w| w.seconds);
        let Some(descent) = self.descend(epoch, stage)? else {
            return Ok(false);
        };
        self.estimate_norms(epoch)?;
        let weights = self.averaged.weights()?;
        refuse_unsound(&weights, epoch, self.optimiser.steps())?;
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
        if eligible {
            self.progress.stage.observe(epoch, score, &stopping);
        }
        if best {
            self.progress.best = Some(Best { epoch, score });
            let bytes = weights.without_projections().to_bytes()?;
            durable_file::write(&self.run.best_path(), &bytes)?;
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
            seconds: before + began.elapsed().as_secs_f64(),
            pace: Some(Pace {
                device_memory: cuda_memory(self.compute.device).map(|m| m.peak),
                ..descent.pace
            }),
        };
        append_record(self.run.folder(), &record)?;
        self.events.log(&record, self.sampler.count())?;
        let keep = recipe.checkpoints.keep_last;
        self.progress.write(
            self.run.folder(),
            &self.network,
            &self.averaged,
            &self.optimiser,
            keep,
        )?;
        eprintln!("{record}");
        (self.listener)(&Event::Epoch(&record));
        Ok(true)
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
        let order = Order {
            cells: order,
            batch,
            done: 0,
            key: [recipe.seed, epoch as u64],
        };
        std::thread::scope(|scope| {
            let resident = self.resident.as_ref();
            let augmentation = &recipe.augmentation;
            let feed = Feed::begin(scope, self.data, augmentation, resident, order, self.compute);
            let pictures = feed.map(|inputs| Ok(inputs?.pictures));
            self.averaged.estimate_statistics(pictures)
        })
    }

    /// One pass over the cells of the epoch.
    fn descend(&mut self, epoch: usize, stage: &Stage) -> Result<Option<Descent>, Error> {
        let pass = Pass {
            run: &self.run,
            data: self.data,
            compute: self.compute,
            resident: self.resident.as_ref(),
            network: &self.network,
            averaged: &self.averaged,
            average: &mut self.average,
            optimiser: &mut self.optimiser,
            sampler: &self.sampler,
            class_weights: &self.class_weights,
            teachers: self.teachers.as_ref(),
            projections: &self.projections,
            stage,
            epoch,
            progress: &mut self.progress,
            interrupt: &self.interrupt,
            listener: &mut self.listener,
        };
        pass.descend()
    }
}
