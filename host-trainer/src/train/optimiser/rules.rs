//! The rules of Adam and its kin and of gradient descent.

use super::rule::{AdamConstants, Rule, Step};
use tch::TchError;

/// Adam (Kingma and Ba 2015, algorithm 1), or AdamW where the decay is decoupled (Loshchilov and Hutter
/// 2019, algorithm 2).
#[derive(Debug)]
pub(crate) struct Adam {
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    pub decoupled: bool,
}

impl Rule for Adam {
    fn keeps(&self) -> &'static [&'static str] {
        &["first", "second"]
    }

    fn fused(&self) -> Option<AdamConstants> {
        Some(AdamConstants {
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            decoupled: self.decoupled,
        })
    }

    fn change(&self, step: Step<'_>) -> Result<(), TchError> {
        let exponent = step.count as f64;
        let bias1 = 1.0 - self.beta1.powf(exponent);
        let bias2 = (1.0 - self.beta2.powf(exponent)).sqrt();
        let gradient = if self.decoupled {
            if step.decay > 0.0 {
                let _ = step.variable.f_mul_scalar_(1.0 - step.rate * step.decay)?;
            }
            step.gradient
        } else {
            step.gradient_with_decay()?
        };
        let [first, second] = step.kept else {
            return Err(TchError::Shape("Adam keeps two moments".into()));
        };
        let _ = first.f_lerp_(&gradient, 1.0 - self.beta1)?;
        let square = gradient.f_mul(&gradient)?;
        let _ = second.f_lerp_(&square, 1.0 - self.beta2)?;
        let mut divisor = second.f_sqrt()?;
        let _ = divisor.f_div_scalar_(bias2)?.f_add_scalar_(self.epsilon)?;
        let mut change = first.f_div(&divisor)?;
        let _ = change.f_mul_scalar_(step.rate / bias1)?;
        let _ = step.variable.f_sub_(&change)?;
        Ok(())
    }
}

/// AdaMax (Kingma and Ba 2015, algorithm 2): the largest gradient of late in place of the mean square.
/// Epsilon is added to the divisor, as Keras does it.
#[derive(Debug)]
pub(crate) struct Adamax {
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
}

impl Rule for Adamax {
    fn keeps(&self) -> &'static [&'static str] {
        &["first", "largest"]
    }

    fn change(&self, step: Step<'_>) -> Result<(), TchError> {
        let bias1 = 1.0 - self.beta1.powf(step.count as f64);
        let gradient = step.gradient_with_decay()?;
        let [first, largest] = step.kept else {
            return Err(TchError::Shape("AdaMax keeps two moments".into()));
        };
        let _ = first.f_lerp_(&gradient, 1.0 - self.beta1)?;
        let grown = largest.f_mul_scalar(self.beta2)?.f_maximum(&gradient.f_abs()?)?;
        largest.f_copy_(&grown)?;
        let mut change = first.f_div(&largest.f_add_scalar(self.epsilon)?)?;
        let _ = change.f_mul_scalar_(step.rate / bias1)?;
        let _ = step.variable.f_sub_(&change)?;
        Ok(())
    }
}

/// Gradient descent with momentum in the form of Sutskever et al. 2013, as PyTorch writes it: the rate
/// multiplies the velocity, so that a change of the rate takes effect at once.
#[derive(Debug)]
pub(crate) struct Sgd {
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
