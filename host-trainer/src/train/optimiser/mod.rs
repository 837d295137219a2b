//! Optimisers over the trainable variables of a network, with state that can be saved: a run that was
//! killed goes on with the same numbers.

mod adam;
mod adamax;
mod fused;
mod settings;
mod sgd;

use crate::Error;
use crate::libtorch_ffi::forget_gradients;
use crate::network::Network;
use fused::AdamConstants;
pub use settings::{OptimiserKind, OptimiserSettings};
use std::collections::BTreeMap;
use std::fmt::Debug;
use tch::{TchError, Tensor};

/// How one variable moves.
trait Rule: Debug {
    /// What it keeps for each variable, as checkpoints name it.
    fn keeps(&self) -> &'static [&'static str];

    /// Constants of the step over all variables at once, where libtorch has one.
    fn fused(&self) -> Option<AdamConstants> {
        None
    }

    /// Moves a variable along its gradient.
    fn change(&self, step: Step<'_>) -> Result<(), TchError>;
}

/// One step of one variable.
struct Step<'a> {
    variable: &'a mut Tensor,
    gradient: Tensor,
    /// As many tensors as [`Rule::keeps`] names.
    kept: &'a mut [Tensor],
    /// Steps of this variable, this one counted.
    count: u64,
    rate: f64,
    /// Weight decay of this variable.
    decay: f64,
}

impl Step<'_> {
    /// The gradient of the loss with `decay / 2` times the sum of squares added (Krogh and Hertz 1992).
    fn gradient_with_decay(&self) -> Result<Tensor, TchError> {
        if self.decay > 0.0 {
            return self.gradient.f_add(&self.variable.f_mul_scalar(self.decay)?);
        }
        Ok(self.gradient.shallow_clone())
    }
}

/// One of the rules over all trainable variables of a network.
#[derive(Debug)]
pub struct Optimiser {
    rule: Box<dyn Rule>,
    slots: Vec<Slot>,
    weight_decay: f64,
    steps: u64,
}

/// A variable with what the rule keeps for it.
#[derive(Debug)]
pub(super) struct Slot {
    pub name: String,
    variable: Tensor,
    pub kept: Vec<Tensor>,
    /// Steps of this variable: one that was thawed later has fewer, so that its moments, which begin at
    /// 0, are corrected as those of a fresh one.
    pub steps: u64,
    decays: bool,
    trained: bool,
}

impl Optimiser {
    /// State of 0 for each trainable variable.
    pub fn new(network: &Network, settings: &OptimiserSettings) -> Result<Self, Error> {
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
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What is kept for each variable, as checkpoints name it.
    pub(super) fn keeps(&self) -> &'static [&'static str] {
        self.rule.keeps()
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Goes on as if so many steps had been made, fewer of some variables; what is kept is set through
    /// [`Slot`].
    pub(super) fn resume_at(&mut self, steps: u64, fewer: &BTreeMap<String, u64>) {
        self.steps = steps;
        for slot in &mut self.slots {
            slot.steps = fewer.get(&slot.name).copied().unwrap_or(steps);
        }
    }

    /// Steps of the variables that made fewer than there were.
    pub(super) fn fewer_steps(&self) -> BTreeMap<String, u64> {
        let fewer = self.slots.iter().filter(|s| s.steps != self.steps);
        fewer.map(|s| (s.name.clone(), s.steps)).collect()
    }

    /// From here on only variables of these names move, and only their state changes.
    pub(super) fn train_only(&mut self, trained: impl Fn(&str) -> bool) {
        for slot in &mut self.slots {
            slot.trained = trained(&slot.name);
        }
    }

    /// Forgets the gradients of the last step.
    pub fn zero_gradients(&mut self) -> Result<(), Error> {
        forget_gradients(self.slots.iter().map(|s| &s.variable))
    }

    /// Shrinks all gradients together so that their norm, over all variables that move, is at most
    /// `largest` (Pascanu et al. 2013). Reads nothing back from the device.
    pub fn clip_gradients(&mut self, largest: f64) -> Result<(), Error> {
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
    pub fn step(&mut self, rate: f64) -> Result<(), Error> {
        self.steps += 1;
        let cuda = self.slots.first().is_some_and(|s| s.variable.device().is_cuda());
        if let Some(constants) = self.rule.fused().filter(|_| cuda) {
            return self.step_at_once(constants, rate);
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
