use crate::Error;
use crate::network::Network;
use tch::Tensor;

/// Constants of [`Adam`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamSettings {
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of their squares.
    pub beta2: f64,
    /// Keeps the division finite.
    pub epsilon: f64,
    /// Decoupled weight decay, on tensors of two or more dimensions only.
    pub weight_decay: f64,
}

impl AdamSettings {
    /// Kingma and Ba 2015, with decoupled weight decay (Loshchilov and Hutter 2019).
    pub fn with_decay(weight_decay: f64) -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay,
        }
    }
}

/// AdamW over the trainable variables of a network, with moments that can be saved.
#[derive(Debug)]
pub struct Adam {
    settings: AdamSettings,
    slots: Vec<Slot>,
    steps: u64,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub name: String,
    variable: Tensor,
    pub first: Tensor,
    pub second: Tensor,
    decays: bool,
}

impl Adam {
    /// Moments of 0 for each trainable variable.
    pub fn new(network: &Network, settings: AdamSettings) -> Result<Self, Error> {
        let slot = |(name, variable): (String, Tensor)| {
            let still = variable.f_detach()?;
            Ok(Slot {
                name,
                first: still.f_zeros_like()?,
                second: still.f_zeros_like()?,
                decays: variable.dim() > 1,
                variable,
            })
        };
        Ok(Self {
            settings,
            slots: network
                .trainable()
                .into_iter()
                .map(slot)
                .collect::<Result<_, tch::TchError>>()?,
            steps: 0,
        })
    }

    /// Steps made so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Goes on as if so many steps had been made; the moments are set through [`Slot`].
    pub(super) fn resume_at(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Forgets the gradients of the last step.
    pub fn zero_gradients(&mut self) {
        self.slots.iter_mut().for_each(|s| s.variable.zero_grad());
    }

    /// One step along the gradients that `backward` left.
    pub fn step(&mut self, rate: f64) -> Result<(), Error> {
        self.steps += 1;
        let AdamSettings {
            beta1,
            beta2,
            epsilon,
            weight_decay,
        } = self.settings;
        let exponent = self.steps as f64;
        let bias1 = 1.0 - beta1.powf(exponent);
        let bias2 = (1.0 - beta2.powf(exponent)).sqrt();
        tch::no_grad(|| {
            for slot in &mut self.slots {
                let gradient = slot.variable.grad();
                if !gradient.defined() {
                    continue;
                }
                if slot.decays && weight_decay > 0.0 {
                    let _ = slot.variable.f_mul_scalar_(1.0 - rate * weight_decay)?;
                }
                let _ = slot.first.f_lerp_(&gradient, 1.0 - beta1)?;
                let square = gradient.f_mul(&gradient)?;
                let _ = slot.second.f_lerp_(&square, 1.0 - beta2)?;
                let mut divisor = slot.second.f_sqrt()?;
                let _ = divisor.f_div_scalar_(bias2)?.f_add_scalar_(epsilon)?;
                let mut change = slot.first.f_div(&divisor)?;
                let _ = change.f_mul_scalar_(rate / bias1)?;
                let _ = slot.variable.f_sub_(&change)?;
            }
            Ok(())
        })
    }
}
