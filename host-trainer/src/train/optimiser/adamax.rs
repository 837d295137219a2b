use super::{Rule, Step};
use tch::TchError;

/// AdaMax (Kingma and Ba 2015, algorithm 2): the largest gradient of late in place of the mean square.
/// Epsilon is added to the divisor, as Keras does it.
#[derive(Debug)]
pub(super) struct Adamax {
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
