use serde::{Deserialize, Serialize};

/// How the learning rate goes over the epochs of a stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Down to 0 along half a cosine (Loshchilov and Hutter 2017).
    #[default]
    Cosine,
    /// The same throughout.
    Constant,
    /// As `optimisation.steps` lists, over the epochs of the whole training.
    Steps,
}

/// A rate from an epoch on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateStep {
    /// First epoch of this rate, counted from 0.
    pub from_epoch: usize,
    /// The rate.
    pub learning_rate: f64,
}

/// Where in a stage a step stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
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
    /// each stage.
    pub fn rate(self, largest: f64, steps: &[RateStep], warm_up_epochs: f64, place: Place) -> f64 {
        let Place {
            epoch,
            step,
            steps_per_epoch,
            stage_epochs,
        } = place;
        match self {
            Self::Cosine => learning_rate(largest, step, steps_per_epoch, stage_epochs, warm_up_epochs),
            Self::Constant => largest * rise(step, steps_per_epoch, warm_up_epochs),
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
pub fn learning_rate(
    largest: f64,
    step: usize,
    steps_per_epoch: usize,
    epochs: usize,
    warm_up_epochs: f64,
) -> f64 {
    let rise = rise(step, steps_per_epoch, warm_up_epochs);
    let passed = step as f64 / (steps_per_epoch * epochs).max(1) as f64;
    largest * rise * 0.5 * (1.0 + (std::f64::consts::PI * passed.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let at = |epoch| Place {
            epoch,
            step: 10 * epoch,
            steps_per_epoch: 10,
            stage_epochs: 20,
        };
        let rates: Vec<f64> = (0..20)
            .map(|e| Schedule::Steps.rate(9.0, &steps, 0.0, at(e)))
            .collect();
        assert!(rates[..5].iter().all(|r| *r == 1e-3) && rates[5..].iter().all(|r| *r == 1e-4));
        assert!((0..20).all(|e| Schedule::Constant.rate(0.3, &[], 0.0, at(e)) == 0.3));
        let first = Place { step: 4, ..at(0) };
        assert_eq!(Schedule::Constant.rate(0.3, &[], 1.0, first), 0.15);
        assert_eq!(
            Schedule::Cosine.rate(0.1, &[], 1.0, first),
            learning_rate(0.1, 4, 10, 20, 1.0)
        );
    }
}
