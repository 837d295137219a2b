use std::fmt::Debug;
use tch::{TchError, Tensor};

/// How one variable moves.
pub(crate) trait Rule: Debug {
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
pub(crate) struct Step<'a> {
    pub variable: &'a mut Tensor,
    pub gradient: Tensor,
    /// As many tensors as [`Rule::keeps`] names.
    pub kept: &'a mut [Tensor],
    /// Steps of this variable, this one counted.
    pub count: u64,
    pub rate: f64,
    /// Weight decay of this variable.
    pub decay: f64,
}

impl Step<'_> {
    /// The gradient of the loss with `decay / 2` times the sum of squares added (Krogh and Hertz 1992).
    pub(crate) fn gradient_with_decay(&self) -> Result<Tensor, TchError> {
        if self.decay > 0.0 {
            return self.gradient.f_add(&self.variable.f_mul_scalar(self.decay)?);
        }
        Ok(self.gradient.shallow_clone())
    }
}

/// A variable with what the rule keeps for it.
#[derive(Debug)]
pub(crate) struct Slot {
    pub name: String,
    pub variable: Tensor,
    pub kept: Vec<Tensor>,
    /// Steps of this variable: one that was thawed later has fewer, so that its moments, which begin at
    /// 0, are corrected as those of a fresh one.
    pub steps: u64,
    pub decays: bool,
    pub trained: bool,
}

/// Constants of a rule that libtorch fuses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdamConstants {
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    /// Decay apart from the gradient.
    pub decoupled: bool,
}
