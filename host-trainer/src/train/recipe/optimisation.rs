use crate::train::compute::NumberFormat;
use crate::train::optimiser::{OptimiserKind, OptimiserSettings};
use crate::train::schedule::{OneCycle, RateStep, Schedule, SchedulePoint};
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Optimiser and schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Optimisation {
    /// Cells a step, at least 2.
    pub batch: usize,
    /// Epochs at most, at least 1; left out where `[[stages]]` say how many.
    #[serde(default, skip_serializing_if = "is_none")]
    pub epochs: usize,
    /// Largest learning rate; left out where `steps` list them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub learning_rate: f64,
    /// How the rate goes on.
    #[serde(default)]
    pub schedule: Schedule,
    /// Rates from epochs on, for the schedule of that name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<RateStep>,
    /// Shape of the cycle, for the schedule of that name.
    #[serde(default, skip_serializing_if = "OneCycle::is_default")]
    pub one_cycle: OneCycle,
    /// Epochs over which the rate rises from 0 at the beginning of each stage, may be a fraction.
    pub warm_up_epochs: f64,
    /// How weights follow gradients.
    #[serde(default)]
    pub optimiser: OptimiserKind,
    /// Share of the last change that goes on, in [0, 1): for `sgd`.
    #[serde(default)]
    pub momentum: f64,
    /// Momentum looked ahead (Nesterov 1983): for `sgd`.
    #[serde(default)]
    pub nesterov: bool,
    /// Decay of the mean of gradients, in [0, 1): for Adam and its kin.
    #[serde(default = "beta1")]
    pub beta1: f64,
    /// Decay of the mean of their squares or of their largest, in [0, 1): for Adam and its kin.
    #[serde(default = "beta2")]
    pub beta2: f64,
    /// Keeps the division finite, above 0: for Adam and its kin. Keras has 1e-7.
    #[serde(default = "epsilon")]
    pub epsilon: f64,
    /// Decay of convolution and linear weights (not of biases and norms): decoupled in `adamw`, in the
    /// gradient otherwise.
    pub weight_decay: f64,
    /// Share of the target spread over all labels (Szegedy et al. 2016), in [0, 1).
    pub label_smoothing: f64,
    /// Largest norm of all gradients together, 0 to 1000; longer ones are shrunk to it; 0: none is shrunk.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gradient_clip: f64,
    /// Batches a step, 1 to 1024: gradients are the mean over them. An epoch's last step takes what is left.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub accumulate: usize,
    /// Blends pictures of a batch with one another by a share drawn from Beta(this, this) (Zhang et al.
    /// 2018), 0 to 10; 0: not at all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mixup: f64,
    /// Decay a step of the running average of weights that is evaluated and kept, in [0, 1); 0: none.
    pub average_decay: f64,
    /// Training cells, augmented, on which the norms of the average are estimated anew after each epoch;
    /// 0: they are averaged like weights.
    #[serde(default)]
    pub average_norm_cells: usize,
    /// Numbers that the network computes in.
    #[serde(default, skip_serializing_if = "NumberFormat::is_auto")]
    pub precision: NumberFormat,
    /// Whether the channels of a pixel lie side by side in memory; by default on CUDA alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels_last: Option<bool>,
}

fn is_none(epochs: &usize) -> bool {
    *epochs == 0
}

fn is_zero(rate: &f64) -> bool {
    *rate == 0.0
}

fn one() -> usize {
    1
}

fn is_one(batches: &usize) -> bool {
    *batches == 1
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.999
}

fn epsilon() -> f64 {
    1e-8
}

impl Optimisation {
    /// The optimiser with its constants.
    pub(crate) fn settings(&self) -> OptimiserSettings {
        OptimiserSettings {
            kind: self.optimiser,
            momentum: self.momentum,
            nesterov: self.nesterov,
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
        }
    }

    /// The rate of a step, where `largest` is that of the stage.
    pub(crate) fn rate(&self, largest: f64, point: SchedulePoint) -> f64 {
        self.schedule
            .rate(largest, &self.steps, &self.one_cycle, self.warm_up_epochs, point)
    }

    /// Refuses numbers outside the ranges that the fields state, and those that the schedule or the
    /// optimiser does not take.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let share = 0.0..1.0;
        let stepped = self.schedule == Schedule::Steps;
        let ascending = self.steps.is_sorted_by(|a, b| a.from_epoch < b.from_epoch);
        let cycles = self.schedule == Schedule::OneCycle;
        let cycle = &self.one_cycle;
        let divisor = 1.0..=1e9;
        let opens = self.steps.first().is_none_or(|s| s.from_epoch == 0);
        for (sound, what) in [
            (self.batch >= 2, "batch: at least 2"),
            (
                if stepped {
                    self.learning_rate == 0.0
                } else {
                    is_rate(self.learning_rate)
                },
                "learning_rate: above 0, up to 1; left out where schedule = \"steps\"",
            ),
            (
                stepped != self.steps.is_empty() && opens && ascending,
                "steps: with schedule = \"steps\" alone, the first from_epoch = 0, each later than the one before",
            ),
            (
                self.steps.iter().all(|s| is_rate(s.learning_rate)),
                "steps.learning_rate: above 0, up to 1",
            ),
            (
                cycles || cycle.is_default(),
                "one_cycle: goes with schedule = \"one-cycle\"",
            ),
            (
                cycle.rise_share > 0.0 && cycle.rise_share < 1.0,
                "one_cycle.rise_share: above 0, below 1",
            ),
            (
                divisor.contains(&cycle.start_divisor) && divisor.contains(&cycle.end_divisor),
                "one_cycle: start_divisor and end_divisor from 1 to 1e9",
            ),
            (
                !cycles || self.warm_up_epochs == 0.0,
                "warm_up_epochs: 0 with schedule = \"one-cycle\", which rises by one_cycle.rise_share",
            ),
            (
                (0.0..=1000.0).contains(&self.gradient_clip),
                "gradient_clip: 0 to 1000",
            ),
            ((1..=1024).contains(&self.accumulate), "accumulate: 1 to 1024"),
            ((0.0..=10.0).contains(&self.mixup), "mixup: 0 to 10"),
            (share.contains(&self.momentum), "momentum: from 0, below 1"),
            (
                self.momentum == 0.0 || self.optimiser == OptimiserKind::Sgd,
                "momentum: goes with optimiser = \"sgd\"",
            ),
            (
                !self.nesterov || self.momentum > 0.0,
                "nesterov: goes with a momentum above 0",
            ),
            (share.contains(&self.beta1), "beta1: from 0, below 1"),
            (share.contains(&self.beta2), "beta2: from 0, below 1"),
            (
                self.epsilon > 0.0 && self.epsilon <= 1.0,
                "epsilon: above 0, up to 1",
            ),
            (
                share.contains(&self.weight_decay),
                "weight_decay: from 0, below 1",
            ),
            (
                share.contains(&self.label_smoothing),
                "label_smoothing: from 0, below 1",
            ),
            (
                share.contains(&self.average_decay),
                "average_decay: from 0, below 1",
            ),
        ] {
            if !sound {
                let message = format!("out of range: optimisation.{what}");
                return Err(Error::new(ErrorKind::Recipe, message));
            }
        }
        Ok(())
    }
}

/// Above 0, up to 1.
pub(crate) fn is_rate(rate: f64) -> bool {
    rate > 0.0 && rate <= 1.0
}
