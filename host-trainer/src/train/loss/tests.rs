//! Each distance against numbers of the hand and of PyTorch.

use crate::train::loss::*;
use tch::Tensor;

fn loss(kind: LossKind, output: Output) -> Loss {
    Loss {
        kind,
        output,
        gamma: None,
        class_weights: None,
    }
}

fn value(loss: &Loss, logits: &[[f32; 2]], labels: &[i64], weights: [f32; 2], smoothing: f64) -> f64 {
    let logits = Tensor::from_slice2(logits);
    let (labels, weights) = (Tensor::from_slice(labels), Tensor::from_slice(&weights));
    let value = loss.of(&logits, &labels, &weights, smoothing).unwrap();
    value.double_value(&[])
}

fn single(loss: &Loss, logits: &[f32], labels: &[i64], weights: [f32; 2], smoothing: f64) -> f64 {
    let logits = Tensor::from_slice(logits).unsqueeze(1);
    let (labels, weights) = (Tensor::from_slice(labels), Tensor::from_slice(&weights));
    let value = loss.of(&logits, &labels, &weights, smoothing).unwrap();
    value.double_value(&[])
}

fn near(got: f64, wanted: f64) {
    assert!((got - wanted).abs() < 1e-6, "{got} for {wanted}");
}

const LOGITS: [[f32; 2]; 2] = [[1.0, -1.0], [0.5, 2.0]];

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[test]
fn cross_entropy_is_that_of_the_hand() {
    let l = loss(LossKind::CrossEntropy, Output::Softmax);
    let (a, b) = (-sigmoid(2.0).ln(), -sigmoid(-1.5).ln());
    near(value(&l, &LOGITS, &[0, 0], [1.0, 1.0], 0.0), (a + b) / 2.0);
    // Weighted: divided by the sum of the weights.
    let c = -sigmoid(1.5).ln();
    near(value(&l, &LOGITS, &[0, 1], [3.0, 1.0], 0.0), (3.0 * a + c) / 4.0);
    // One logit z is z against 0.
    near(single(&l, &[0.7, -0.2], &[0, 1], [1.0, 1.0], 0.0), {
        (-sigmoid(0.7).ln() - sigmoid(0.2).ln()) / 2.0
    });
}

#[test]
fn focal_loss_weighs_by_doubt_and_is_cross_entropy_without() {
    let focal = |gamma| Loss {
        gamma: Some(gamma),
        ..loss(LossKind::Focal, Output::Softmax)
    };
    // The mean of (1 - p)^gamma times cross-entropy, in torch 2.11 and double precision.
    for (gamma, wanted) in [(0.0, 0.914_170_645), (0.5, 0.791_118_895), (2.0, 0.569_537_939)] {
        near(value(&focal(gamma), &LOGITS, &[0, 0], [1.0, 1.0], 0.0), wanted);
    }
    let by_default = loss(LossKind::Focal, Output::Softmax);
    near(
        value(&by_default, &LOGITS, &[0, 1], [3.0, 1.0], 0.0),
        0.003_028_383_858,
    );
    // `torchvision.ops.sigmoid_focal_loss` of one output a cell, to its four digits.
    let one = single(&by_default, &[0.7, -0.2], &[0, 1], [1.0, 1.0], 0.0);
    assert!((one - 0.0828).abs() < 5e-5, "{one}");
    // A cell judged right beyond doubt costs nothing and pulls at nothing.
    let sure = Tensor::from_slice2(&[[60.0f32, -60.0]]).set_requires_grad(true);
    let (label, weights) = (Tensor::from_slice(&[0i64]), Tensor::from_slice(&[1.0f32, 1.0]));
    let cost = focal(0.5).of(&sure, &label, &weights, 0.0).unwrap();
    cost.backward();
    assert_eq!(cost.double_value(&[]), 0.0);
    assert!(
        Vec::<f32>::try_from(sure.grad().flatten(0, -1))
            .unwrap()
            .iter()
            .all(|g| *g == 0.0)
    );
    let refused = |loss: &Loss, word: &str| {
        let error = loss.check().unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    };
    refused(&focal(11.0), "loss.gamma: 0 to 10");
    refused(&loss(LossKind::Focal, Output::Sigmoid), "loss.output");
    let misplaced = Loss {
        gamma: Some(1.0),
        ..Loss::default()
    };
    refused(&misplaced, "focal");
}

#[test]
fn binary_cross_entropy_is_that_of_the_hand_for_two_outputs_and_for_one() {
    let l = loss(LossKind::BinaryCrossEntropy, Output::Sigmoid);
    let bce = |z: f64, y: f64| -y * sigmoid(z).ln() - (1.0 - y) * (1.0 - sigmoid(z)).ln();
    let first = (bce(1.0, 1.0) + bce(-1.0, 0.0)) / 2.0;
    let second = (bce(0.5, 0.0) + bce(2.0, 1.0)) / 2.0;
    near(
        value(&l, &LOGITS, &[0, 1], [1.0, 1.0], 0.0),
        (first + second) / 2.0,
    );
    near(
        value(&l, &LOGITS, &[0, 1], [3.0, 0.5], 0.0),
        (3.0 * first + 0.5 * second) / 2.0,
    );
    let smoothed = (bce(1.0, 0.9) + bce(-1.0, 0.1)) / 2.0;
    near(value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.2), smoothed);
    // The first label is 1.
    near(
        single(&l, &[0.7, -0.2], &[0, 1], [2.0, 1.0], 0.0),
        (2.0 * bce(0.7, 1.0) + bce(-0.2, 0.0)) / 2.0,
    );
    near(single(&l, &[0.7], &[1], [1.0, 1.0], 0.2), bce(0.7, 0.1));
}

#[test]
fn mean_squared_error_is_that_of_the_hand() {
    let l = loss(LossKind::MeanSquaredError, Output::Softmax);
    let p = sigmoid(2.0);
    // Softmax of two: both outputs are as far off.
    near(value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.0), (1.0 - p).powi(2));
    near(value(&l, &LOGITS[..1], &[1], [1.0, 4.0], 0.0), 4.0 * p.powi(2));
    near(value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.2), (0.9 - p).powi(2));
    let l = loss(LossKind::MeanSquaredError, Output::Sigmoid);
    let (a, b) = (sigmoid(1.0), sigmoid(-1.0));
    near(
        value(&l, &LOGITS[..1], &[0], [1.0, 1.0], 0.0),
        ((1.0 - a).powi(2) + b.powi(2)) / 2.0,
    );
    near(single(&l, &[1.0], &[1], [1.0, 1.0], 0.0), a.powi(2));
}

#[test]
fn outputs_that_a_distance_does_not_have_are_refused() {
    assert!(loss(LossKind::CrossEntropy, Output::Softmax).check().is_ok());
    assert!(loss(LossKind::MeanSquaredError, Output::Sigmoid).check().is_ok());
    for (kind, output) in [
        (LossKind::CrossEntropy, Output::Sigmoid),
        (LossKind::BinaryCrossEntropy, Output::Softmax),
    ] {
        let error = loss(kind, output).check().unwrap_err().to_string();
        assert!(error.contains("loss.output"), "{error}");
    }
    let weighted = Loss {
        class_weights: Some(vec![1.0, 0.0]),
        ..Loss::default()
    };
    assert!(
        weighted
            .check()
            .unwrap_err()
            .to_string()
            .contains("class_weights")
    );
}
