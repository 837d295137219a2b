use super::Distillation;
use crate::network::label_logits;
use tch::{Kind, TchError, Tensor};

/// What teachers say of one batch.
#[derive(Debug)]
pub struct Teaching<'a> {
    pub(super) settings: &'a Distillation,
    /// `[n, labels]`: weighted mean of the teachers' softened probabilities.
    pub(super) soft: Tensor,
    /// Of each teacher its pooled features `[n, channels]` and its weight; none where they are not compared.
    pub(super) features: Vec<(Tensor, f64)>,
}

impl Teaching<'_> {
    /// The loss of a student: `alpha * T^2 * KL(teachers || student)`, both softened by T, whose gradients
    /// T^2 makes as large as those of the labels, plus `(1 - alpha)` times `hard`, the loss of the labels
    /// (Hinton, Vinyals and Dean 2015); plus the weight of features times the weighted mean over teachers of
    /// the mean squared distance between the `projected` features of the student and theirs (Romero et al.
    /// 2015).
    pub fn loss(&self, logits: &Tensor, projected: &[Tensor], hard: &Tensor) -> Result<Tensor, TchError> {
        let Distillation {
            temperature,
            alpha,
            features,
            ..
        } = self.settings;
        let student = label_logits(logits)?
            .f_div_scalar(*temperature)?
            .f_log_softmax(1, Kind::Float)?;
        // x ln x is 0 at 0.
        let log = self.soft.f_clamp_min(1e-30)?.f_log()?;
        let divergence = self.soft.f_mul(&log.f_sub(&student)?)?;
        let divergence = divergence
            .f_sum_dim_intlist(1i64, false, Kind::Float)?
            .f_mean(Kind::Float)?;
        let mut loss = divergence
            .f_mul_scalar(alpha * temperature * temperature)?
            .f_add(&hard.f_mul_scalar(1.0 - alpha)?)?;
        for (own, (theirs, weight)) in projected.iter().zip(&self.features) {
            let distance = own.f_sub(theirs)?.f_square()?.f_mean(Kind::Float)?;
            loss = loss.f_add(&distance.f_mul_scalar(features * weight)?)?;
        }
        Ok(loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(temperature: f64, alpha: f64, features: f64) -> Distillation {
        Distillation {
            temperature,
            alpha,
            features,
            teachers: Vec::new(),
        }
    }

    fn near(got: &Tensor, wanted: f64) {
        let got = got.double_value(&[]);
        assert!((got - wanted).abs() < 1e-5, "{got} for {wanted}");
    }

    #[test]
    fn the_loss_is_that_of_the_hand() {
        let hard = Tensor::from(7.0f32);
        let numbers = settings(2.0, 0.75, 0.5);
        let teaching = Teaching {
            settings: &numbers,
            soft: Tensor::from_slice2(&[[0.8f32, 0.2]]),
            features: vec![(Tensor::from_slice2(&[[1.0f32, 2.0]]), 0.4)],
        };
        // Over a temperature of 2 the logits are ln(3) and 0: three in four.
        let logits = Tensor::from_slice2(&[[9f32.ln(), 0.0]]);
        let divergence: f64 = 0.8 * (0.8f64 / 0.75).ln() + 0.2 * (0.2f64 / 0.25).ln();
        let labels_and_teachers = 0.75 * 4.0 * divergence + 0.25 * 7.0;
        near(&teaching.loss(&logits, &[], &hard).unwrap(), labels_and_teachers);
        // One logit counts as itself against 0.
        let one = Tensor::from_slice2(&[[9f32.ln()]]);
        near(&teaching.loss(&one, &[], &hard).unwrap(), labels_and_teachers);
        let projected = [Tensor::from_slice2(&[[1.0f32, 5.0]])];
        let with_features = labels_and_teachers + 0.5 * 0.4 * 9.0 / 2.0;
        near(&teaching.loss(&logits, &projected, &hard).unwrap(), with_features);
    }

    #[test]
    fn nothing_is_left_to_learn_where_the_student_says_what_its_teachers_say() {
        let numbers = settings(3.0, 1.0, 0.0);
        let logits = Tensor::from_slice2(&[[1.5f32, -0.5, 0.25], [0.0, 4.0, -4.0]]).set_requires_grad(true);
        let teaching = Teaching {
            settings: &numbers,
            soft: (&logits / 3.0).softmax(1, Kind::Float).detach(),
            features: Vec::new(),
        };
        let loss = teaching.loss(&logits, &[], &Tensor::from(5.0f32)).unwrap();
        near(&loss, 0.0);
        loss.backward();
        near(&logits.grad().abs().max(), 0.0);
    }
}
