use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// How the learning rate goes over the epochs of a stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Schedule {
    /// Down to 0 along half a cosine (Loshchilov and Hutter 2017).
    #[default]
    Cosine,
    /// The same throughout.
    Constant,
    /// As `optimisation.steps` lists, over the epochs of the whole training.
    Steps,
    /// Up from a small rate and down to a very small one along half cosines, once over the stage (Smith and
    /// Topin 2018, as PyTorch's `OneCycleLR` does it without a cycle of the momentum).
    OneCycle,
}

/// The shape of a single cycle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OneCycle {
    /// Share of the steps over which the rate rises, above 0, below 1.
    pub rise_share: f64,
    /// The rate begins at the largest one divided by this, at least 1.
    pub start_divisor: f64,
    /// The rate ends where it began divided by this, at least 1.
    pub end_divisor: f64,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self {
            rise_share: 0.3,
            start_divisor: 25.0,
            end_divisor: 1e4,
        }
    }
}

impl OneCycle {
    /// True for the default, which recipes leave out.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The rate of a step, counted from 0, of `steps`.
    fn rate(&self, largest: f64, step: usize, steps: usize) -> f64 {
        let (step, steps) = (step as f64, steps as f64);
        let low = largest / self.start_divisor;
        let between = |from: f64, to: f64, share: f64| to + (from - to) / 2.0 * (1.0 + (PI * share).cos());
        let top = self.rise_share * steps - 1.0;
        if step <= top && top > 0.0 {
            return between(low, largest, step / top);
        }
        let fall = (step - top) / (steps - 1.0 - top);
        between(largest, low / self.end_divisor, fall.clamp(0.0, 1.0))
    }
}

/// A rate from an epoch on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateStep {
    /// First epoch of this rate, counted from 0.
    pub from_epoch: usize,
    /// The rate.
    pub learning_rate: f64,
}

/// Where in a stage a step stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SchedulePoint {
    /// Epoch of the whole training, counted from 0.
    pub epoch: usize,
    /// Step of the stage, counted from 0.
    pub step: usize,
    /// Steps an epoch.
    pub steps_per_epoch: usize,
    /// Epochs of the stage.
    pub stage_epochs: usize,
}

impl Schedule {
    /// The rate of a step: `largest` is that of the stage, `steps` are in order; a linear warm-up opens
    /// each stage, except in a cycle, which rises by itself.
    pub(crate) fn rate(
        self,
        largest: f64,
        steps: &[RateStep],
        cycle: &OneCycle,
        warm_up_epochs: f64,
        point: SchedulePoint,
    ) -> f64 {
        let SchedulePoint {
            epoch,
            step,
            steps_per_epoch,
            stage_epochs,
        } = point;
        match self {
            Self::Cosine => learning_rate(largest, step, steps_per_epoch, stage_epochs, warm_up_epochs),
            Self::Constant => largest * rise(step, steps_per_epoch, warm_up_epochs),
            Self::OneCycle => cycle.rate(largest, step, steps_per_epoch * stage_epochs),
            Self::Steps => {
                let now = steps.iter().rev().find(|s| s.from_epoch <= epoch);
                now.map_or(0.0, |s| s.learning_rate) * rise(step, steps_per_epoch, warm_up_epochs)
            }
        }
    }
}

fn rise(step: usize, steps_per_epoch: usize, warm_up_epochs: f64) -> f64 {
    let warm_up = warm_up_epochs * steps_per_epoch as f64;
    if warm_up > 0.0 {
        ((step as f64 + 1.0) / warm_up).min(1.0)
    } else {
        1.0
    }
}

/// Cosine schedule (Loshchilov and Hutter 2017) under a linear warm-up: the rate of a step, `step`
/// counted from 0.
pub(crate) fn learning_rate(
    largest: f64,
    step: usize,
    steps_per_epoch: usize,
    epochs: usize,
    warm_up_epochs: f64,
) -> f64 {
    let rise = rise(step, steps_per_epoch, warm_up_epochs);
    let passed = step as f64 / (steps_per_epoch * epochs).max(1) as f64;
    largest * rise * 0.5 * (1.0 + (PI * passed.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CYCLE: OneCycle = OneCycle {
        rise_share: 0.3,
        start_divisor: 25.0,
        end_divisor: 1e4,
    };

    #[test]
    fn the_rate_rises_over_the_warm_up_and_falls_to_nothing() {
        let rates: Vec<f64> = (0..100).map(|s| learning_rate(0.1, s, 10, 10, 1.0)).collect();
        assert!((rates[0] - 0.01).abs() < 1e-9, "{}", rates[0]);
        assert!(rates[..9].is_sorted() && rates[10..].is_sorted_by(|a, b| a >= b));
        assert!((rates[50] - 0.05).abs() < 1e-9 && rates[99] < 1e-4);
        assert!((learning_rate(0.1, 0, 10, 10, 0.0) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_rate_goes_in_steps_or_stays_where_the_recipe_says_so() {
        let step = |from_epoch, learning_rate| RateStep {
            from_epoch,
            learning_rate,
        };
        let steps = [step(0, 1e-3), step(5, 1e-4)];
        let at = |epoch| SchedulePoint {
            epoch,
            step: 10 * epoch,
            steps_per_epoch: 10,
            stage_epochs: 20,
        };
        let rates: Vec<f64> = (0..20)
            .map(|e| Schedule::Steps.rate(9.0, &steps, &CYCLE, 0.0, at(e)))
            .collect();
        assert!(rates[..5].iter().all(|r| *r == 1e-3) && rates[5..].iter().all(|r| *r == 1e-4));
        assert!((0..20).all(|e| Schedule::Constant.rate(0.3, &[], &CYCLE, 0.0, at(e)) == 0.3));
        let first = SchedulePoint { step: 4, ..at(0) };
        assert_eq!(Schedule::Constant.rate(0.3, &[], &CYCLE, 1.0, first), 0.15);
        assert_eq!(
            Schedule::Cosine.rate(0.1, &[], &CYCLE, 1.0, first),
            learning_rate(0.1, 4, 10, 20, 1.0)
        );
    }

    /// `torch.optim.lr_scheduler.OneCycleLR` 2.11, cosine, 20 steps up to 0.1, and 7 steps with
    /// `pct_start` 0.25, `div_factor` 10 and `final_div_factor` 100.
    #[test]
    fn one_cycle_is_that_of_pytorch() {
        let twenty = [
            0.004,
            0.013_167_184_27,
            0.037_167_184_27,
            0.066_832_815_73,
            0.090_832_815_73,
            0.1,
            0.098_746_400_624,
            0.095_048_463_201,
            0.089_091_617_757,
            0.081_174_565_395,
            0.071_694_300_179,
            0.061_126_202_194,
            0.050_000_2,
            0.038_874_197_806,
            0.028_306_099_821,
            0.018_825_834_605,
            0.010_908_782_243,
            0.004_951_936_799,
            0.001_253_999_376,
            4e-7,
        ];
        let seven = [
            0.01,
            0.099_442_099_77,
            0.086_665_940_998,
            0.061_164_920_651,
            0.031_801_215_833,
            0.008_779_373_223,
            0.0001,
        ];
        let short = OneCycle {
            rise_share: 0.25,
            start_divisor: 10.0,
            end_divisor: 100.0,
        };
        for (cycle, wanted) in [(CYCLE, &twenty[..]), (short, &seven)] {
            for (step, wanted) in wanted.iter().enumerate() {
                let place = SchedulePoint {
                    epoch: 0,
                    step,
                    steps_per_epoch: 1,
                    stage_epochs: if cycle == CYCLE { 20 } else { 7 },
                };
                let got = Schedule::OneCycle.rate(0.1, &[], &cycle, 0.0, place);
                assert!((got - wanted).abs() < 1e-11, "step {step}: {got} for {wanted}");
            }
        }
        // Too short to rise: no rate but those between top and end.
        let one = CYCLE.rate(0.1, 0, 1);
        assert!(one > 0.0 && one <= 0.1, "{one}");
    }
}
