use super::Network;
use blastscope_network::onnx::write_f32;
use blastscope_network::{Graph, Shape, by_name, features_graph, formula};
use tch::{Device, Kind, Tensor};
use tract_onnx::prelude::{Framework, InferenceModelExt, IntoRunnable, tvec};

fn lite(size: usize, options: &str) -> Graph {
    let head = format!("head = {{ kind = \"masked-statistics\", {options} }}");
    by_name("efficientnet_lite0", size, 2, &head.parse().unwrap()).unwrap()
}

/// A disc of noise on black, beside a picture that is black all over.
fn cells(size: i64) -> Tensor {
    let x = Tensor::arange(size, (Kind::Float, Device::Cpu)) - size as f64 / 2.0;
    let apart = x.square().unsqueeze(0) + x.square().unsqueeze(1);
    let disc = apart.lt((size * size) as f64 / 9.0).to_kind(Kind::Float);
    tch::manual_seed(4);
    let noise = Tensor::rand([1, 3, size, size], (Kind::Float, Device::Cpu)) * 0.9 + 0.1;
    let cell = noise * disc;
    Tensor::cat(&[&cell, &cell.zeros_like()], 0)
}

#[test]
fn statistics_are_those_of_the_pixels_that_the_mask_holds() {
    tch::set_num_threads(1);
    let map = Tensor::from_slice(&[1.0f32, 5.0, 9.0, 100.0]).reshape([1, 1, 2, 2]);
    // All of the first pixel, half of the second, none of the others.
    let mask = Tensor::from_slice(&[1.0f32, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]).reshape([1, 1, 2, 4]);
    let mask = Tensor::cat(&[mask.zeros_like(), mask], 2).flip([2]);
    let got = super::masked::statistics(&map, &mask, 1e-8).unwrap();
    let got: Vec<f32> = Vec::try_from(got.flatten(0, -1)).unwrap();
    let mean = (1.0 + 0.5 * 5.0) / 1.5;
    let variance: f32 = ((1.0f32 - mean).powi(2) + 0.5 * (5.0 - mean).powi(2)) / 1.5;
    assert!(
        (got[0] - mean).abs() < 1e-4 && (got[1] - variance.sqrt()).abs() < 1e-4,
        "{got:?}"
    );
}

#[test]
fn gradients_are_finite_where_there_is_no_cell_and_no_variance() {
    tch::set_num_threads(1);
    let network = Network::new(&lite(64, "embedding = 3"), Device::Cpu, 1).unwrap();
    let pictures = cells(64);
    let y = network.forward(&pictures, true).unwrap();
    assert_eq!(y.size(), [2, 5]);
    y.square().sum(Kind::Float).backward();
    for (name, variable) in network.trainable() {
        let sum = variable.grad().sum(Kind::Float).double_value(&[]);
        assert!(sum.is_finite(), "{name}");
    }
}

#[test]
fn tract_computes_the_head_as_libtorch_does_with_a_cell_and_without() {
    tch::set_num_threads(1);
    for graph in [
        lite(64, "embedding = 3"),
        features_graph(&lite(96, "strides = [2, 32]")).unwrap(),
    ] {
        let Shape::Map([_, side, _]) = graph.input() else {
            panic!()
        };
        let weights = formula::weights(&graph, 3.0);
        let mut network = Network::new(&graph, Device::Cpu, 0).unwrap();
        network.load(&weights).unwrap();
        let pictures = cells(side as i64);
        let wanted = tch::no_grad(|| network.forward(&pictures, false).unwrap());
        let onnx = write_f32(&graph, &weights).unwrap();
        let model = tract_onnx::onnx().model_for_read(&mut &onnx[..]).unwrap();
        let plan = model.into_optimized().unwrap().into_runnable().unwrap();
        for i in 0..2 {
            let flat: Vec<f32> = Vec::try_from(pictures.get(i).flatten(0, -1)).unwrap();
            let input = tract_onnx::prelude::Tensor::from_shape(&[1, 3, side, side], &flat).unwrap();
            let outputs = plan.run(tvec!(input.into())).unwrap();
            let got: Vec<f32> = outputs[0]
                .to_plain_array_view::<f32>()
                .unwrap()
                .iter()
                .copied()
                .collect();
            let wanted: Vec<f32> = Vec::try_from(wanted.get(i)).unwrap();
            let largest = wanted.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            assert_eq!(got.len(), wanted.len());
            for (a, b) in got.iter().zip(&wanted) {
                assert!((a - b).abs() < 1e-4 * largest, "{a} for {b} of {largest}");
            }
        }
    }
}
