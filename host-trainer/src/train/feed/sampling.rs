use crate::data::DataSet;
use crate::{Error, ErrorKind};
use blastscope_shared::random::SplitMix64;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which cells an epoch takes, and how much each class weighs in the loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sampling {
    /// Cells an epoch; 0: as many as there are to train on.
    pub cells_per_epoch: usize,
    /// A subject group of n cells gives each the weight n^-this: 0 takes every cell alike, 1 every
    /// subject alike. In [0, 1].
    pub subject_exponent: f64,
    /// On top, a class that would have share s is taken s^-this times as often: 0 leaves it so, 1 takes
    /// every class alike. In [0, 1].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub class_exponent: f64,
    /// A class that an epoch has with share s weighs s^-this in the loss: 0 weighs cells alike, 1
    /// classes alike. In [0, 1].
    pub class_weight_exponent: f64,
}

fn is_zero(exponent: &f64) -> bool {
    *exponent == 0.0
}

impl Sampling {
    /// Refuses exponents outside 0 to 1.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (value, name) in [
            (self.subject_exponent, "subject_exponent"),
            (self.class_exponent, "class_exponent"),
            (self.class_weight_exponent, "class_weight_exponent"),
        ] {
            if !(0.0..=1.0).contains(&value) {
                let message = format!("out of range: sampling.{name}: 0 to 1");
                return Err(Error::new(ErrorKind::Recipe, message));
            }
        }
        Ok(())
    }
}

/// Draws the cells of each epoch.
#[derive(Debug, Clone)]
pub(crate) struct Sampler {
    cells: Vec<usize>,
    /// Share of each cell, summing to 1.
    shares: Vec<f64>,
    count: usize,
    seed: u64,
    class_weights: Vec<f32>,
}

impl Sampler {
    /// A sampler over these cells. An epoch has whole batches only: a rest too small for one is left to
    /// the next epochs.
    pub(crate) fn new(
        data: &DataSet,
        cells: Vec<usize>,
        sampling: &Sampling,
        batch: usize,
        seed: u64,
    ) -> Result<Self, Error> {
        if cells.len() < 2 {
            return Err(Error::new(
                ErrorKind::Split,
                format!("{} cells to train on: give at least 2", cells.len()),
            ));
        }
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for &i in &cells {
            *sizes.entry(&data.cell(i).group).or_default() += 1;
        }
        let weight =
            |i: &usize| (sizes[data.cell(*i).group.as_str()] as f64).powf(-sampling.subject_exponent);
        let mut shares: Vec<f64> = cells.iter().map(weight).collect();
        normalise(&mut shares);
        let class = |shares: &[f64]| {
            let mut classes = vec![0.0; data.collection().labels.len()];
            for (&i, share) in cells.iter().zip(shares) {
                classes[data.cell(i).label] += share;
            }
            classes
        };
        if sampling.class_exponent > 0.0 {
            let before = class(&shares);
            for (&i, share) in cells.iter().zip(&mut shares) {
                *share *= before[data.cell(i).label].powf(-sampling.class_exponent);
            }
            normalise(&mut shares);
        }
        let classes = class(&shares);
        let raised: Vec<f64> = classes
            .iter()
            .map(|s: &f64| {
                if *s > 0.0 {
                    s.powf(-sampling.class_weight_exponent)
                } else {
                    0.0
                }
            })
            .collect();
        let mean: f64 = raised.iter().zip(&classes).map(|(w, s)| w * s).sum();

        let wanted = match sampling.cells_per_epoch {
            0 => cells.len(),
            n => n,
        };
        Ok(Self {
            count: if wanted < batch {
                wanted
            } else {
                wanted / batch * batch
            },
            cells,
            shares,
            seed,
            class_weights: raised.iter().map(|w| (w / mean) as f32).collect(),
        })
    }

    /// Weights of the classes in the loss, 1 in the mean over an epoch.
    pub(crate) fn class_weights(&self) -> &[f32] {
        &self.class_weights
    }

    /// Cells an epoch.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The cells of an epoch in order, the same for the same seed and epoch. Systematic sampling: a cell
    /// due 1.3 times comes once or twice, never more.
    pub(crate) fn epoch(&self, epoch: usize) -> Vec<usize> {
        let mut random = SplitMix64::keyed(&[self.seed, epoch as u64, 0x5a4d]);
        let mut order: Vec<usize> = (0..self.cells.len()).collect();
        random.shuffle(&mut order);
        let offset = f64::from(random.unit());
        let mut drawn = Vec::with_capacity(self.count);
        let mut passed = 0.0;
        for i in order {
            passed += self.shares[i] * self.count as f64;
            while drawn.len() < self.count && (drawn.len() as f64) + offset < passed {
                drawn.push(self.cells[i]);
            }
        }
        // Rounding may leave the last place open.
        while drawn.len() < self.count {
            drawn.push(self.cells[random.below(self.cells.len())]);
        }
        random.shuffle(&mut drawn);
        drawn
    }
}

/// Makes shares sum to 1.
fn normalise(shares: &mut [f64]) {
    let total: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|s| *s /= total);
}
