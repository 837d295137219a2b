use super::LastIntegers;
use crate::network::{LibtorchArithmetic, Network};
use crate::test_fixtures;
use blastscope_inference::OnnxNetwork;
use blastscope_network::onnx::{write_f32, write_int8};
use blastscope_network::quantise::quantise;
use blastscope_network::zoo::{DenseSpec, Stage, dense};
use blastscope_network::{Graph, Weights};
use blastscope_shared::preprocess::CellCrop;
use tch::{Device, Tensor};

fn torch_logits(graph: &Graph, weights: &Weights, cells: &[CellCrop]) -> Vec<Vec<f32>> {
    tch::set_num_threads(1);
    let mut network = Network::new(graph, Device::Cpu, 0).unwrap();
    network.load(weights).unwrap();
    let size = i64::from(cells[0].size());
    let values: Vec<f32> = cells.iter().flat_map(CellCrop::input).collect();
    let pictures = Tensor::from_slice(&values).reshape([-1, 3, size, size]);
    Vec::try_from(tch::no_grad(|| network.forward(&pictures, false).unwrap())).unwrap()
}

fn worst(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

fn strided(stages: &[(usize, usize, bool)]) -> DenseSpec {
    let stage = |(channels, stride, max_pool): &(usize, usize, bool)| Stage {
        channels: *channels,
        stride: *stride,
        max_pool: *max_pool,
    };
    DenseSpec {
        stages: stages.iter().map(stage).collect(),
        dropout: 0.1,
    }
}

#[test]
fn every_operation_gives_in_tract_what_it_gives_in_training() {
    let graph = test_fixtures::every_operation(20);
    let weights = test_fixtures::weights(&graph, 3);
    let (cells, _) = test_fixtures::cells(6, 20, 1);
    let onnx = write_f32(&graph, &weights).unwrap();
    let got = OnnxNetwork::load(&onnx).unwrap().all_logits(&cells).unwrap();
    let difference = worst(&got, &torch_logits(&graph, &weights, &cells));
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn the_dense_network_gives_in_tract_what_it_gives_in_training() {
    let graph = dense(&DenseSpec::default(), 96, 2).unwrap();
    let weights = test_fixtures::weights(&graph, 4);
    let (cells, _) = test_fixtures::cells(4, 96, 2);
    let onnx = write_f32(&graph, &weights).unwrap();
    let got = OnnxNetwork::load(&onnx).unwrap().all_logits(&cells).unwrap();
    let difference = worst(&got, &torch_logits(&graph, &weights, &cells));
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn the_int8_network_gives_in_tract_what_the_simulator_gives_to_one_step() {
    tch::set_num_threads(1);
    for spec in [
        strided(&[(16, 2, false), (24, 1, false), (32, 2, false)]),
        strided(&[(8, 1, true), (12, 2, false), (20, 1, true)]),
    ] {
        let graph = dense(&spec, 32, 3).unwrap();
        let weights = test_fixtures::weights(&graph, 5);
        let (cells, _) = test_fixtures::cells(24, 32, 3);
        let (quantized, _) = quantise(&graph, &weights, &cells, &LibtorchArithmetic).unwrap();
        let onnx = write_int8(&quantized);
        let expected = quantized.simulate(&cells, &LibtorchArithmetic).unwrap();
        let wanted = expected.last;
        let got = LastIntegers::of(&onnx, &cells).unwrap();
        assert_eq!(got.shape, expected.shape);
        let steps = wanted.iter().zip(&got.values).map(|(a, b)| a.abs_diff(*b));
        let (most, different) = (steps.clone().max().unwrap(), steps.filter(|s| *s > 0).count());
        println!("{different} of {} values differ, by {most} at most", wanted.len());
        assert!(most <= 1, "{most}");
        let logits = OnnxNetwork::load(&onnx).unwrap().all_logits(&cells).unwrap();
        assert!(worst(&logits, &expected.logits) < 0.02);
    }
}
