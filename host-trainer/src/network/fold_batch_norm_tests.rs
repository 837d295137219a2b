use super::Network;
use crate::test_fixtures;
use blastscope_network::zoo::{DenseSpec, dense};
use blastscope_network::{Graph, Node, Op, Weights, fold_batch_norm};
use tch::{Device, Kind, Tensor};

fn logits(graph: &Graph, weights: &Weights, pictures: &Tensor) -> Tensor {
    let mut network = Network::new(graph, Device::Cpu, 0).unwrap();
    network.load(weights).unwrap();
    network.forward(pictures, false).unwrap()
}

#[test]
fn a_folded_network_computes_the_same_without_norms_and_dropout() {
    tch::set_num_threads(1);
    let x = Tensor::rand([4, 3, 24, 24], (Kind::Float, Device::Cpu));
    for (graph, norms_left) in [
        (dense(&DenseSpec::default(), 24, 2).unwrap(), 0),
        (test_fixtures::every_operation(24), 2),
    ] {
        let weights = test_fixtures::weights(&graph, 7);
        let (folded, folded_weights) = fold_batch_norm(&graph, &weights).unwrap();
        let norms = folded
            .nodes()
            .iter()
            .filter(|n| matches!(n.op, Op::BatchNorm { .. }));
        assert_eq!(norms.count(), norms_left);
        let idle = |n: &Node| matches!(n.op, Op::Dropout { .. } | Op::StochasticDepth { .. });
        assert!(!folded.nodes().iter().any(idle));
        let (a, b) = (logits(&graph, &weights, &x), logits(&folded, &folded_weights, &x));
        let worst = (&a - &b).abs().max().double_value(&[]);
        let scale = a.abs().max().double_value(&[]);
        assert!(worst < 1e-5 * scale.max(1.0), "{worst} of {scale}");
    }
}
