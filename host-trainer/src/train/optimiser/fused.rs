//! One step over all variables at once, where libtorch has one for the rule: on CUDA the launches of ten
//! kernels a variable would take longer than the kernels.

use super::rule::{AdamConstants, Slot};
use crate::Error;
use crate::libtorch_ffi::FusedAdam;
use std::collections::BTreeMap;
use tch::{Kind, Tensor};

/// Makes the step whose number is counted already. The last bits differ from steps one by one, which the
/// CPU therefore keeps to.
pub(crate) fn step_at_once(
    slots: &mut [Slot],
    weight_decay: f64,
    constants: AdamConstants,
    rate: f64,
) -> Result<(), Error> {
    // Variables that thawed later have a count of their own.
    let mut groups: BTreeMap<(bool, u64), FusedAdam> = BTreeMap::new();
    for slot in slots.iter_mut().filter(|s| s.trained) {
        slot.steps += 1;
        let gradient = slot.variable.grad();
        let [first, second] = slot.kept.as_slice() else {
            continue;
        };
        if !gradient.defined() {
            continue;
        }
        let group = groups.entry((slot.decays, slot.steps)).or_default();
        group.variables.push(slot.variable.shallow_clone());
        group.gradients.push(gradient);
        group.first.push(first.shallow_clone());
        group.second.push(second.shallow_clone());
    }
    for ((decays, count), mut group) in groups {
        let device = group.variables[0].device();
        let count = Tensor::f_full([0i64; 0], count as f64, (Kind::Float, device))?;
        group.steps = group.variables.iter().map(|_| count.shallow_clone()).collect();
        group.decay = if decays { weight_decay } else { 0.0 };
        group.decoupled = constants.decoupled;
        group.rate = rate;
        (group.beta1, group.beta2) = (constants.beta1, constants.beta2);
        group.epsilon = constants.epsilon;
        group.step()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Optimiser;
    use super::*;
    use crate::train::optimiser::settings::{OptimiserKind, OptimiserSettings};
    use crate::train::tests::small_network;
    use tch::Device;

    #[test]
    fn a_fused_step_moves_as_steps_one_by_one_do() {
        tch::set_num_threads(1);
        for kind in [OptimiserKind::AdamW, OptimiserKind::Adam] {
            let settings = OptimiserSettings {
                kind,
                momentum: 0.0,
                nesterov: false,
                beta1: 0.9,
                beta2: 0.999,
                epsilon: 1e-8,
                weight_decay: 0.1,
            };
            let networks = [small_network(4), small_network(4)];
            let mut optimisers = [0, 1].map(|i| Optimiser::new(&networks[i], &settings).unwrap());
            for step in 0..5 {
                if step == 2 {
                    // A block that rests has fewer steps from here on.
                    optimisers
                        .iter_mut()
                        .for_each(|o| o.train_only(|name| !name.starts_with("stage1")));
                } else if step == 4 {
                    optimisers.iter_mut().for_each(|o| o.train_only(|_| true));
                }
                for (i, optimiser) in optimisers.iter_mut().enumerate() {
                    optimiser.zero_gradients().unwrap();
                    // The same gradients for both, so that nothing but the step can differ.
                    for (k, (_, variable)) in networks[i].trainable().iter().enumerate() {
                        let slope =
                            Tensor::f_arange(variable.numel() as i64, (Kind::Float, Device::Cpu)).unwrap();
                        let slope = (slope + (7 * k + step) as f64).sin().reshape(variable.size());
                        (variable * slope).sum(Kind::Float).backward();
                    }
                    match optimiser.rule.fused() {
                        Some(constants) if i == 1 => {
                            optimiser.steps += 1;
                            let decay = optimiser.weight_decay;
                            step_at_once(&mut optimiser.slots, decay, constants, 0.01).unwrap();
                        }
                        _ => optimiser.step(0.01).unwrap(),
                    }
                }
            }
            let [one, all] = networks.map(|n| n.weights().unwrap());
            for (name, array) in &one.0 {
                for (a, b) in array.values.iter().zip(&all.0[name].values) {
                    assert!((a - b).abs() < 2e-6, "{kind:?} {name}: {a} and {b}");
                }
            }
            assert_eq!(optimisers[0].fewer_steps(), optimisers[1].fewer_steps());
            assert!(!optimisers[1].fewer_steps().is_empty());
        }
    }
}
