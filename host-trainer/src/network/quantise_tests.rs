use super::{LibtorchArithmetic, Network};
use crate::export::Agreement;
use crate::test_fixtures;
use blastscope_network::quantise::{
    Arithmetic, Chain, ChainLayer, LayerReport, QuantizedNetwork, Quantum, equalise,
};
use blastscope_network::zoo::{DenseSpec, Stage, dense};
use blastscope_network::{Builder, Conv, Error, ErrorKind, Graph, Op, Pool, Weights};
use blastscope_shared::preprocess::CellCrop;
use tch::{Device, Kind, Tensor};

fn spec() -> DenseSpec {
    let stage = |(channels, stride, max_pool)| Stage {
        channels,
        stride,
        max_pool,
    };
    DenseSpec {
        stages: [(12, 2, false), (16, 1, true), (24, 1, false)].map(stage).into(),
        dropout: 0.0,
    }
}

fn quantise(
    graph: &Graph,
    weights: &Weights,
    cells: &[CellCrop],
) -> Result<(QuantizedNetwork, Vec<LayerReport>), Error> {
    blastscope_network::quantise::quantise(graph, weights, cells, &LibtorchArithmetic)
}

/// The chain in f32.
fn chain_logits(chain: &Chain, cells: &[CellCrop]) -> Vec<Vec<f32>> {
    let libtorch = LibtorchArithmetic;
    let pixels = libtorch.pixels(cells, chain.input).unwrap();
    let mut x = libtorch.real(&pixels, Quantum::PIXEL).unwrap();
    for layer in &chain.layers {
        x = match layer {
            ChainLayer::Conv(c) if c.relu => libtorch.convolve(c, &x).unwrap().relu(),
            ChainLayer::Conv(c) => libtorch.convolve(c, &x).unwrap(),
            ChainLayer::MaxPool { pool, .. } => libtorch.max_pool(&x, pool).unwrap(),
        };
    }
    let weight = Tensor::from_slice(&chain.head_weight.values).reshape([chain.head_bias.len() as i64, -1]);
    let means = x.mean_dim(&[2i64, 3][..], false, Kind::Float);
    let logits = means.linear(&weight, Some(&Tensor::from_slice(&chain.head_bias)));
    Vec::try_from(logits).unwrap()
}

#[test]
fn equalisation_levels_the_channels_and_leaves_the_function_as_it_was() {
    tch::set_num_threads(1);
    let graph = dense(&spec(), 32, 2).unwrap();
    let mut weights = test_fixtures::weights(&graph, 8);
    // One channel a hundred times the others, and one that is dead.
    let norm = weights.0.get_mut("stage1.norm.weight").unwrap();
    norm.values[3] = 100.0;
    norm.values[5] = 0.0;
    let (cells, _) = test_fixtures::cells(8, 32, 4);
    let mut chain = Chain::read(&graph, &weights).unwrap();
    let spread = |chain: &mut Chain| {
        let convs = chain.convs_mut();
        let rows = convs[0].weight.chunks(27);
        let ranges = rows.map(|r| r.iter().fold(0.0f32, |m, w| m.max(w.abs())));
        let ranges: Vec<f32> = ranges.filter(|r| *r > 0.0).collect();
        ranges.iter().copied().fold(0.0, f32::max) / ranges.iter().copied().fold(f32::MAX, f32::min)
    };
    let (before, logits) = (spread(&mut chain), chain_logits(&chain, &cells));
    equalise(&mut chain);
    let after = spread(&mut chain);
    assert!(after < before / 5.0, "{before} to {after}");
    let same = Agreement::between(&logits, &chain_logits(&chain, &cells));
    let scale = logits.iter().flatten().fold(1.0f32, |m, v| m.max(v.abs()));
    assert!(same.largest_difference < 1e-4 * scale, "{same:?}, scale {scale}");
}

/// A few steps of gradient descent on drawn cells.
fn train(graph: &Graph, cells: &[CellCrop], labels: &[usize]) -> Weights {
    tch::set_num_threads(1);
    let network = Network::new(graph, Device::Cpu, 9).unwrap();
    let size = i64::from(cells[0].size());
    for step in 0..160 {
        let batch: Vec<usize> = (0..32).map(|i| (step * 32 + i) % cells.len()).collect();
        let values: Vec<f32> = batch.iter().flat_map(|i| cells[*i].input()).collect();
        let x = Tensor::from_slice(&values).reshape([-1, 3, size, size]);
        let y = Tensor::from_slice(&batch.iter().map(|i| labels[*i] as i64).collect::<Vec<_>>());
        let loss = network.forward(&x, true).unwrap().cross_entropy_for_logits(&y);
        loss.backward();
        for (_, mut variable) in network.trainable() {
            tch::no_grad(|| {
                let _ = variable.g_sub_(&(variable.grad() * 0.3));
                let _ = variable.grad().zero_();
            });
        }
    }
    network.weights().unwrap()
}

#[test]
fn a_trained_network_decides_in_int8_as_in_f32() {
    let graph = dense(&spec(), 32, 2).unwrap();
    let (cells, labels) = test_fixtures::cells(256, 32, 5);
    let weights = train(&graph, &cells, &labels);
    let (quantized, reports) = quantise(&graph, &weights, &cells[..128]).unwrap();
    let (unseen, truth) = test_fixtures::cells(400, 32, 6);
    let f32 = chain_logits(&Chain::read(&graph, &weights).unwrap(), &unseen);
    let int8 = quantized.simulate(&unseen, &LibtorchArithmetic).unwrap().logits;
    let right = f32
        .iter()
        .zip(&truth)
        .filter(|(l, t)| usize::from(l[1] > l[0]) == **t)
        .count();
    let agreement = Agreement::between(&f32, &int8);
    println!("{right} of 400 right; {agreement:?}; {reports:?}");
    assert!(
        (300..400).contains(&right),
        "neither hopeless nor trivial: {right} of 400"
    );
    assert!(agreement.share_that_differs <= 0.015, "{agreement:?}");
    assert!(reports.iter().all(|r| r.signal_to_noise_db > 20.0), "{reports:?}");
}

#[test]
fn what_has_no_int8_form_is_refused_by_name() {
    let refusal = |graph: &Graph| {
        let (cells, _) = test_fixtures::cells(16, 16, 1);
        let error = quantise(graph, &test_fixtures::weights(graph, 1), &cells).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        error.to_string()
    };
    assert!(refusal(&test_fixtures::every_operation(16)).contains("normalise"));
    let start = || Builder::new([3, 16, 16]).unwrap();

    let mut b = start();
    let x = b.input();
    let x = b
        .conv(
            "grouped",
            x,
            Conv {
                groups: 3,
                ..Conv::same(6, 3)
            },
        )
        .unwrap();
    assert!(refusal(&test_fixtures::head(b, x, 2)).contains("grouped"));

    let mut b = start();
    let x = b.input();
    let x = b.conv("first", x, Conv::same(4, 3)).unwrap();
    let y = b.conv("second", x, Conv::same(4, 3)).unwrap();
    let sum = b.add("shortcut", &[x, y]).unwrap();
    assert!(refusal(&test_fixtures::head(b, sum, 2)).contains("shortcut"));

    let mut b = start();
    let x = b.input();
    let x = b.push("gate", Op::Relu, &[x]).unwrap();
    assert!(refusal(&test_fixtures::head(b, x, 2)).contains("gate"));

    let mut b = start();
    let x = b.input();
    let x = b.max_pool("pool", x, Pool::square(2, 2, 0)).unwrap();
    assert!(refusal(&test_fixtures::head(b, x, 2)).contains("no convolution"));
}

#[test]
fn a_convolution_without_relu_keeps_its_sign() {
    tch::set_num_threads(1);
    let mut b = Builder::new([3, 16, 16]).unwrap();
    let x = b.input();
    let x = b
        .conv(
            "linear",
            x,
            Conv {
                bias: true,
                ..Conv::same(6, 3)
            },
        )
        .unwrap();
    let x = b.max_pool("pool", x, Pool::square(2, 2, 1)).unwrap();
    let x = b.conv("last", x, Conv::same(8, 3)).unwrap();
    let graph = test_fixtures::head(b, x, 2);
    let weights = test_fixtures::weights(&graph, 2);
    let (cells, _) = test_fixtures::cells(32, 16, 2);
    let (quantized, reports) = quantise(&graph, &weights, &cells).unwrap();
    assert_eq!(quantized.last.zero_point, 0);
    assert!(reports.iter().all(|r| r.signal_to_noise_db > 25.0), "{reports:?}");
}

#[test]
fn too_few_cells_and_cells_of_another_size_are_refused() {
    let graph = dense(&spec(), 32, 2).unwrap();
    let weights = test_fixtures::weights(&graph, 1);
    let refusal = |cells: &[CellCrop]| quantise(&graph, &weights, cells).unwrap_err();
    let few = refusal(&test_fixtures::cells(15, 32, 1).0);
    assert_eq!(few.kind(), ErrorKind::Cells);
    assert!(few.to_string().contains("16 or more"), "{few}");
    let small = refusal(&test_fixtures::cells(20, 24, 1).0);
    assert_eq!(small.kind(), ErrorKind::Cells);
    assert!(small.to_string().contains("24 px"), "{small}");
}
