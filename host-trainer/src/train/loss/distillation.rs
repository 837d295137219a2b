//! Knowledge distillation: a student learns from the softened probabilities of teachers beside the labels.

use crate::network::label_logits;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use tch::{Kind, TchError, Tensor};

/// The key `distillation` of a recipe: who teaches, and how much of the loss is theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Distillation {
    /// What the logits of student and teachers are divided by where they are compared, 1 to 100.
    #[serde(default = "Distillation::usual_temperature")]
    pub temperature: f64,
    /// Share of the teachers in the loss, 0 to 1; the rest is that of the labels.
    #[serde(default = "Distillation::usual_alpha")]
    pub alpha: f64,
    /// Weight of the distance between the features of student and teachers, 0 to 1000; 0: they are not compared.
    #[serde(default)]
    pub features: f64,
    /// Who teaches.
    pub teachers: Vec<TeacherChoice>,
}

/// One teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeacherChoice {
    /// Folder of its run.
    pub run: String,
    /// Hex sha256 of its `best.safetensors`: a run that goes on is taught by the same.
    pub sha256: String,
    /// Its logits are divided by this to be calibrated: that of its `calibration.json`.
    pub temperature: f32,
    /// Share of its vote; those of all sum to 1.
    pub weight: f64,
}

impl Distillation {
    /// Temperature where the recipe says none: of the range 2.5 to 4 that worked best for small students in
    /// Hinton, Vinyals and Dean 2015.
    pub(crate) const TEMPERATURE: f64 = 4.0;

    /// Share where the recipe says none: "a considerably lower weight" for the labels (ibid.).
    pub(crate) const ALPHA: f64 = 0.9;

    fn usual_temperature() -> f64 {
        Self::TEMPERATURE
    }

    fn usual_alpha() -> f64 {
        Self::ALPHA
    }

    /// Refuses numbers outside the ranges above, and a student without teachers.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let sum: f64 = self.teachers.iter().map(|t| t.weight).sum();
        for (sound, what) in [
            ((1.0..=100.0).contains(&self.temperature), "temperature: 1 to 100"),
            ((0.0..=1.0).contains(&self.alpha), "alpha: 0 to 1"),
            ((0.0..=1000.0).contains(&self.features), "features: 0 to 1000"),
            (!self.teachers.is_empty(), "teachers: at least one"),
            (
                self.teachers
                    .iter()
                    .all(|t| t.temperature.is_finite() && t.temperature > 0.0),
                "teachers.temperature: above 0",
            ),
            (
                self.teachers.iter().all(|t| t.weight > 0.0) && (sum - 1.0).abs() < 1e-6,
                "teachers.weight: above 0, with sum 1",
            ),
        ] {
            if !sound {
                return Err(Error::new(
                    ErrorKind::Recipe,
                    format!("out of range: distillation.{what}"),
                ));
            }
        }
        Ok(())
    }

    /// True where a student of another recipe is taught in the same way, whoever teaches it.
    pub(crate) fn is_like(one: Option<&Self>, other: Option<&Self>) -> bool {
        let numbers = |d: &Self| (d.temperature, d.alpha, d.features);
        one.map(numbers) == other.map(numbers)
    }
}

/// What teachers say of one batch.
#[derive(Debug)]
pub(crate) struct SoftTargets {
    /// `[n, labels]`: weighted mean of the teachers' softened probabilities.
    pub probabilities: Tensor,
    /// Of each teacher its pooled features `[n, channels]` and its weight; none where they are not compared.
    pub features: Vec<(Tensor, f64)>,
}

impl SoftTargets {
    /// The loss of a student: `alpha * T^2 * KL(teachers || student)`, both softened by T, whose gradients
    /// T^2 makes as large as those of the labels, plus `(1 - alpha)` times `hard`, the loss of the labels
    /// (Hinton, Vinyals and Dean 2015); plus the weight of features times the weighted mean over teachers of
    /// the mean squared distance between the `projected` features of the student and theirs (Romero et al.
    /// 2015).
    pub(crate) fn loss(
        &self,
        settings: &Distillation,
        logits: &Tensor,
        projected: &[Tensor],
        hard: &Tensor,
    ) -> Result<Tensor, TchError> {
        let Distillation {
            temperature,
            alpha,
            features,
            ..
        } = settings;
        let student = label_logits(logits)?
            .f_div_scalar(*temperature)?
            .f_log_softmax(1, Kind::Float)?;
        // x ln x is 0 at 0.
        let log = self.probabilities.f_clamp_min(1e-30)?.f_log()?;
        let divergence = self.probabilities.f_mul(&log.f_sub(&student)?)?;
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
        let teaching = SoftTargets {
            probabilities: Tensor::from_slice2(&[[0.8f32, 0.2]]),
            features: vec![(Tensor::from_slice2(&[[1.0f32, 2.0]]), 0.4)],
        };
        // Over a temperature of 2 the logits are ln(3) and 0: three in four.
        let logits = Tensor::from_slice2(&[[9f32.ln(), 0.0]]);
        let divergence: f64 = 0.8 * (0.8f64 / 0.75).ln() + 0.2 * (0.2f64 / 0.25).ln();
        let labels_and_teachers = 0.75 * 4.0 * divergence + 0.25 * 7.0;
        near(
            &teaching.loss(&numbers, &logits, &[], &hard).unwrap(),
            labels_and_teachers,
        );
        // One logit counts as itself against 0.
        let one = Tensor::from_slice2(&[[9f32.ln()]]);
        near(
            &teaching.loss(&numbers, &one, &[], &hard).unwrap(),
            labels_and_teachers,
        );
        let projected = [Tensor::from_slice2(&[[1.0f32, 5.0]])];
        let with_features = labels_and_teachers + 0.5 * 0.4 * 9.0 / 2.0;
        near(
            &teaching.loss(&numbers, &logits, &projected, &hard).unwrap(),
            with_features,
        );
    }

    #[test]
    fn nothing_is_left_to_learn_where_the_student_says_what_its_teachers_say() {
        let numbers = settings(3.0, 1.0, 0.0);
        let logits = Tensor::from_slice2(&[[1.5f32, -0.5, 0.25], [0.0, 4.0, -4.0]]).set_requires_grad(true);
        let teaching = SoftTargets {
            probabilities: (&logits / 3.0).softmax(1, Kind::Float).detach(),
            features: Vec::new(),
        };
        let loss = teaching
            .loss(&numbers, &logits, &[], &Tensor::from(5.0f32))
            .unwrap();
        near(&loss, 0.0);
        loss.backward();
        near(&logits.grad().abs().max(), 0.0);
    }
}
