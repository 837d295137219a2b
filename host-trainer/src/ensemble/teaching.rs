use super::Distillation;
use crate::train::label_logits;
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
