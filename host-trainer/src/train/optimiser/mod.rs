//! Optimisers over the trainable variables of a network, with state that can be saved: a run that was
//! killed goes on with the same numbers.

mod fused;
mod rule;
mod rules;
mod settings;

use crate::Error;
use crate::libtorch_ffi::forget_gradients;
use crate::network::Network;
use fused::step_at_once;
use rule::{Rule, Slot, Step};
pub(crate) use settings::{OptimiserKind, OptimiserSettings};
use std::collections::BTreeMap;
use tch::{TchError, Tensor};

/// One of the rules over all trainable variables of a network.
#[derive(Debug)]
pub(crate) struct Optimiser {
    rule: Box<dyn Rule>,
    slots: Vec<Slot>,
    weight_decay: f64,
    steps: u64,
}

impl Optimiser {
    /// State of 0 for each trainable variable.
    pub(crate) fn new(network: &Network, settings: &OptimiserSettings) -> Result<Self, Error> {
        let rule = settings.rule();
        let slot = |(name, variable): (String, Tensor)| {
            let still = variable.f_detach()?;
            Ok(Slot {
                name,
                kept: (0..rule.keeps().len())
                    .map(|_| still.f_zeros_like())
                    .collect::<Result<_, _>>()?,
                steps: 0,
                decays: variable.dim() > 1,
                trained: true,
                variable,
            })
        };
        let slots = network
            .trainable()
            .into_iter()
            .map(slot)
            .collect::<Result<_, TchError>>()?;
        Ok(Self {
            rule,
            slots,
            weight_decay: settings.weight_decay,
            steps: 0,
        })
    }

    /// Steps made so far.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// What is kept for each variable, as checkpoints name it.
    pub(crate) fn keeps(&self) -> &'static [&'static str] {
        self.rule.keeps()
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Goes on as if so many steps had been made, fewer of some variables; what is kept is set through
    /// [`Slot`].
    pub(crate) fn resume_at(&mut self, steps: u64, fewer: &BTreeMap<String, u64>) {
        self.steps = steps;
        for slot in &mut self.slots {
            slot.steps = fewer.get(&slot.name).copied().unwrap_or(steps);
        }
    }

    /// Steps of the variables that made fewer than there were.
    pub(crate) fn fewer_steps(&self) -> BTreeMap<String, u64> {
        let fewer = self.slots.iter().filter(|s| s.steps != self.steps);
        fewer.map(|s| (s.name.clone(), s.steps)).collect()
    }

    /// From here on only variables of these names move, and only their state changes.
    pub(crate) fn train_only(&mut self, trained: impl Fn(&str) -> bool) {
        for slot in &mut self.slots {
            slot.trained = trained(&slot.name);
        }
    }

    /// Forgets the gradients of the last step.
    pub(crate) fn zero_gradients(&mut self) -> Result<(), Error> {
        forget_gradients(self.slots.iter().map(|s| &s.variable))
    }

    /// Shrinks all gradients together so that their norm, over all variables that move, is at most
    /// `largest` (Pascanu et al. 2013). Reads nothing back from the device.
    pub(crate) fn clip_gradients(&mut self, largest: f64) -> Result<(), Error> {
        tch::no_grad(|| {
            let moving = self.slots.iter().filter(|s| s.trained);
            let gradients: Vec<Tensor> = moving
                .map(|s| s.variable.grad())
                .filter(Tensor::defined)
                .collect();
            let norms = gradients
                .iter()
                .map(Tensor::f_norm)
                .collect::<Result<Vec<_>, _>>()?;
            if norms.is_empty() {
                return Ok(());
            }
            let norm = Tensor::f_stack(&norms, 0)?.f_norm()?;
            // As PyTorch does it, 0 is kept from the divisor.
            let factor = norm.f_add_scalar(1e-6)?.f_reciprocal()?.f_mul_scalar(largest)?;
            let factor = factor.f_clamp_max(1.0)?;
            for mut gradient in gradients {
                let _ = gradient.f_mul_(&factor)?;
            }
            Ok(())
        })
    }

    /// One step along the gradients that `backward` left.
    pub(crate) fn step(&mut self, rate: f64) -> Result<(), Error> {
        self.steps += 1;
        let cuda = self.slots.first().is_some_and(|s| s.variable.device().is_cuda());
        if let Some(constants) = self.rule.fused().filter(|_| cuda) {
            return step_at_once(&mut self.slots, self.weight_decay, constants, rate);
        }
        tch::no_grad(|| {
            for slot in self.slots.iter_mut().filter(|s| s.trained) {
                let gradient = slot.variable.grad();
                slot.steps += 1;
                if !gradient.defined() {
                    continue;
                }
                self.rule.change(Step {
                    variable: &mut slot.variable,
                    gradient,
                    kept: &mut slot.kept,
                    count: slot.steps,
                    rate,
                    decay: if slot.decays { self.weight_decay } else { 0.0 },
                })?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
