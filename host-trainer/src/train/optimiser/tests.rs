//! Each rule against its published steps in double precision.

use crate::train::optimiser::*;
use crate::train::tests::small_network;
use tch::Kind;

const SETTINGS: OptimiserSettings = OptimiserSettings {
    kind: OptimiserKind::AdamW,
    momentum: 0.0,
    nesterov: false,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0.1,
};

const NAME: &str = "head.linear.weight";

fn weight(network: &Network) -> Tensor {
    network.trainable().into_iter().find(|v| v.0 == NAME).unwrap().1
}

fn values(network: &Network) -> Vec<f64> {
    let flat = Vec::<f32>::try_from(weight(network).detach().flatten(0, -1)).unwrap();
    flat.into_iter().map(f64::from).collect()
}

/// Five steps with known gradients and rates; `reference` moves (weight, gradient, step, rate, state).
fn follows(settings: OptimiserSettings, reference: impl Fn(f64, f64, i32, f64, &mut [f64; 2]) -> f64) {
    tch::set_num_threads(1);
    let network = small_network(1);
    let mut optimiser = Optimiser::new(&network, &settings).unwrap();
    let mut expected = values(&network);
    let start = network.weights().unwrap();
    let mut states = vec![[0.0; 2]; expected.len()];
    for t in 1..=5 {
        let rate = 0.01 * f64::from(t);
        let slope = |i: usize| (i as f64 - 7.0) / 5.0 * f64::from(6 - t);
        for (i, state) in states.iter_mut().enumerate() {
            expected[i] = reference(expected[i], slope(i), t, rate, state);
        }
        let factor: Vec<f32> = (0..expected.len()).map(|i| slope(i) as f32).collect();
        optimiser.zero_gradients().unwrap();
        let weight = weight(&network);
        let factor = Tensor::from_slice(&factor).reshape(weight.size());
        (weight * factor).sum(Kind::Float).backward();
        optimiser.step(rate).unwrap();
    }
    for (got, wanted) in values(&network).iter().zip(&expected) {
        assert!((got - wanted).abs() < 1e-5, "{settings:?}: {got} for {wanted}");
    }
    assert_eq!(optimiser.steps(), 5);
    // Variables without a gradient stay, under decay too.
    let norm = "stage1.norm.weight";
    assert_eq!(network.weights().unwrap().0[norm], start.0[norm]);
}

#[test]
fn adamw_and_adam_follow_kingma_and_ba_and_differ_in_the_decay() {
    for kind in [OptimiserKind::AdamW, OptimiserKind::Adam] {
        let decoupled = kind == OptimiserKind::AdamW;
        follows(OptimiserSettings { kind, ..SETTINGS }, |w, g, t, rate, [m, v]| {
            let g = if decoupled { g } else { g + 0.1 * w };
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            let (mh, vh) = (*m / (1.0 - 0.9f64.powi(t)), *v / (1.0 - 0.999f64.powi(t)));
            let w = if decoupled { w * (1.0 - rate * 0.1) } else { w };
            w - rate * mh / (vh.sqrt() + 1e-8)
        });
    }
}

#[test]
fn adamax_follows_kingma_and_ba() {
    let settings = OptimiserSettings {
        kind: OptimiserKind::Adamax,
        epsilon: 1e-7,
        ..SETTINGS
    };
    follows(settings, |w, g, t, rate, [m, u]| {
        let g = g + 0.1 * w;
        *m = 0.9 * *m + 0.1 * g;
        *u = (0.999 * *u).max(g.abs());
        w - rate / (1.0 - 0.9f64.powi(t)) * *m / (*u + 1e-7)
    });
}

#[test]
fn gradient_descent_goes_with_momentum_and_looks_ahead_where_asked() {
    for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
        let settings = OptimiserSettings {
            kind: OptimiserKind::Sgd,
            momentum,
            nesterov,
            ..SETTINGS
        };
        follows(settings, |w, g, _, rate, [velocity, _]| {
            let g = g + 0.1 * w;
            *velocity = momentum * *velocity + g;
            let direction = if nesterov {
                g + momentum * *velocity
            } else {
                *velocity
            };
            w - rate * direction
        });
    }
}

/// Where `torch.optim` 2.11 ends after three steps along the gradients 0.5, -0.2 and 0.1 from 1.0 at a
/// rate of 0.1 (weight decay 0.05; AdaMax without epsilon, which it places elsewhere than Keras).
const TORCH: [f64; 5] = [0.813_745_5, 0.806_984_1, 0.837_222_1, 0.865_418_6, 0.825_556_8];

#[test]
fn a_single_weight_goes_where_pytorch_takes_it() {
    for (kind, momentum, nesterov, wanted) in [
        (OptimiserKind::AdamW, 0.0, false, TORCH[0]),
        (OptimiserKind::Adam, 0.0, false, TORCH[1]),
        (OptimiserKind::Adamax, 0.0, false, TORCH[2]),
        (OptimiserKind::Sgd, 0.9, false, TORCH[3]),
        (OptimiserKind::Sgd, 0.9, true, TORCH[4]),
    ] {
        let epsilon = if kind == OptimiserKind::Adamax { 0.0 } else { 1e-8 };
        let settings = OptimiserSettings {
            kind,
            momentum,
            nesterov,
            epsilon,
            weight_decay: 0.05,
            ..SETTINGS
        };
        let rule = settings.rule();
        let mut variable = Tensor::from_slice(&[1.0f32]);
        let mut kept: Vec<Tensor> = rule.keeps().iter().map(|_| variable.zeros_like()).collect();
        for (i, gradient) in [0.5f32, -0.2, 0.1].into_iter().enumerate() {
            rule.change(Step {
                variable: &mut variable,
                gradient: Tensor::from_slice(&[gradient]),
                kept: &mut kept,
                count: i as u64 + 1,
                rate: 0.1,
                decay: 0.05,
            })
            .unwrap();
        }
        let got = variable.double_value(&[0]);
        assert!(
            (got - wanted).abs() < 1e-6,
            "{kind:?} {momentum} {nesterov}: {got} for {wanted}"
        );
    }
}

#[test]
fn a_frozen_variable_keeps_its_value_and_its_state_and_counts_its_own_steps() {
    let network = small_network(1);
    let mut optimiser = Optimiser::new(&network, &SETTINGS).unwrap();
    let descend = |optimiser: &mut Optimiser| {
        optimiser.zero_gradients().unwrap();
        weight(&network).square().sum(Kind::Float).backward();
        optimiser.step(0.1).unwrap();
    };
    descend(&mut optimiser);
    let at = |o: &Optimiser| {
        let slot = o.slots().iter().find(|s| s.name == NAME).unwrap();
        let kept: Vec<Vec<f32>> = slot
            .kept
            .iter()
            .map(|t| Vec::try_from(t.flatten(0, -1)).unwrap())
            .collect();
        (kept, slot.steps, values(&network))
    };
    let before = at(&optimiser);
    optimiser.train_only(|name| name != NAME);
    descend(&mut optimiser);
    assert_eq!(at(&optimiser), before);
    assert_eq!(optimiser.fewer_steps(), [(NAME.to_owned(), 1)].into());
    optimiser.train_only(|_| true);
    descend(&mut optimiser);
    assert_ne!(at(&optimiser).2, before.2);
    assert_eq!((at(&optimiser).1, optimiser.steps()), (2, 3));
}

#[test]
fn gradients_are_shrunk_together_as_pytorch_does_it() {
    let network = small_network(1);
    let mut optimiser = Optimiser::new(&network, &SETTINGS).unwrap();
    let named = |name: &str| network.trainable().into_iter().find(|v| v.0 == name).unwrap().1;
    let (bias, shift) = (named("head.linear.bias"), named("stage1.norm.bias"));
    let norm = |t: &Tensor| Vec::<f32>::try_from(t.grad()).unwrap();
    let descend = |optimiser: &mut Optimiser| {
        optimiser.zero_gradients().unwrap();
        let far = (&bias * Tensor::from_slice(&[3.0f32, -4.0])).sum(Kind::Float);
        let one = Tensor::from_slice(&[12.0f32, 0.0, 0.0, 0.0, 0.0, 0.0]);
        (far + (&shift * one).sum(Kind::Float)).backward();
    };
    // `torch.nn.utils.clip_grad_norm_` of (3, -4) and (12), whose norm is 13, to 2.6.
    descend(&mut optimiser);
    optimiser.clip_gradients(2.6).unwrap();
    for (got, wanted) in norm(&bias).iter().chain(&norm(&shift)[..1]).zip([0.6, -0.8, 2.4]) {
        assert!((got - wanted).abs() < 1e-6, "{got} for {wanted}");
    }
    // Short ones stay, and frozen ones neither count nor change.
    descend(&mut optimiser);
    optimiser.clip_gradients(13.1).unwrap();
    assert_eq!(norm(&bias), [3.0, -4.0]);
    optimiser.train_only(|name| name == "head.linear.bias");
    optimiser.clip_gradients(2.5).unwrap();
    assert!((norm(&bias)[1] + 2.0).abs() < 1e-6 && norm(&shift)[0] == 12.0);
}
