use super::averaged_weights::AveragedWeights;
use super::task::Task;
use crate::Error;
use crate::network::Network;
use crate::train::checkpoint::Progress;
use crate::train::optimiser::Optimiser;
use crate::train::recipe::Stage;
use crate::train::schedule::SchedulePoint;
use blastscope_network::parameters::trained_names;

/// What training changes, and what a checkpoint holds.
pub(crate) struct State {
    pub network: Network,
    pub averaged: AveragedWeights,
    pub optimiser: Optimiser,
    pub progress: Progress,
    /// The stage whose blocks are thawed now.
    entered: Option<usize>,
}

impl State {
    pub(crate) fn new(
        network: Network,
        averaged: AveragedWeights,
        optimiser: Optimiser,
        progress: Progress,
    ) -> Self {
        Self {
            network,
            averaged,
            optimiser,
            progress,
            entered: None,
        }
    }

    /// Thaws what the stage trains and freezes the rest.
    pub(crate) fn enter(&mut self, stage: &Stage) -> Result<(), Error> {
        let number = self.progress.stage.number;
        if self.entered == Some(number) {
            return Ok(());
        }
        let frozen = stage.train.frozen(self.network.graph())?;
        self.network.freeze(&frozen)?;
        self.averaged.network_mut().freeze(&frozen)?;
        let trained = trained_names(self.network.graph(), &frozen);
        self.optimiser.train_only(|name| trained.contains(name));
        self.entered = Some(number);
        Ok(())
    }

    /// One step along the gradients that lie there, in the epoch counted from 1; gives its rate.
    pub(crate) fn step(
        &mut self,
        task: &Task<'_>,
        stage: &Stage,
        epoch: usize,
        steps_per_epoch: usize,
    ) -> Result<f64, Error> {
        let optimisation = &task.recipe().optimisation;
        let largest = stage.learning_rate.unwrap_or(optimisation.learning_rate);
        let point = SchedulePoint {
            epoch: epoch - 1,
            step: (self.optimiser.steps() - self.progress.stage.steps_before) as usize,
            steps_per_epoch,
            stage_epochs: stage.epochs,
        };
        let rate = optimisation.rate(largest, point);
        if optimisation.gradient_clip > 0.0 {
            self.optimiser.clip_gradients(optimisation.gradient_clip)?;
        }
        self.optimiser.step(rate)?;
        self.averaged.follow(self.optimiser.steps())?;
        Ok(rate)
    }

    /// Writes all of it into the folder of the run.
    pub(crate) fn write(&mut self, task: &Task<'_>) -> Result<(), Error> {
        self.progress.write(
            task.run.folder(),
            &self.network,
            self.averaged.network(),
            &self.optimiser,
            task.recipe().checkpoints.keep_last,
        )
    }
}
