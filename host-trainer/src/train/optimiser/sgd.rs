use super::{Rule, Step};
use tch::TchError;

/// Gradient descent with momentum in the form of Sutskever et al. 2013, as PyTorch writes it: the rate
/// multiplies the velocity, so that a change of the rate takes effect at once.
#[derive(Debug)]
pub(super) struct Sgd {
    pub momentum: f64,
    pub nesterov: bool,
}

impl Rule for Sgd {
    fn keeps(&self) -> &'static [&'static str] {
        if self.momentum > 0.0 { &["velocity"] } else { &[] }
    }

    fn change(&self, step: Step<'_>) -> Result<(), TchError> {
        let gradient = step.gradient_with_decay()?;
        let direction = match step.kept {
            [velocity] => {
                let _ = velocity.f_mul_scalar_(self.momentum)?.f_add_(&gradient)?;
                if self.nesterov {
                    gradient.f_add(&velocity.f_mul_scalar(self.momentum)?)?
                } else {
                    velocity.shallow_clone()
                }
            }
            _ => gradient,
        };
        let _ = step.variable.f_sub_(&direction.f_mul_scalar(step.rate)?)?;
        Ok(())
    }
}
