use super::Network;
use blastscope_network::parameters::{Role, of_graph};
use blastscope_network::{Builder, Graph, NodeId, Op, by_name};
use tch::{Device, Kind, Tensor};

/// A graph in which `op` takes the picture and nothing else is trained but a linear map.
fn around(op: Op) -> (Graph, NodeId) {
    let mut b = Builder::new([3, 4, 4]).unwrap();
    let picture = b.input();
    let asked = b.push("asked", op, &[picture]).unwrap();
    let x = b.flatten("flat", asked).unwrap();
    let x = b.linear("logits", x, 2).unwrap();
    (b.build(x).unwrap(), asked)
}

fn apply(op: Op, pictures: &Tensor, train: bool) -> Tensor {
    tch::set_num_threads(1);
    let (graph, asked) = around(op);
    let network = Network::new(&graph, Device::Cpu, 0).unwrap();
    network.forward_to(pictures, train, &[asked]).unwrap().remove(0)
}

fn numbers(x: &Tensor) -> Vec<f32> {
    Vec::try_from(x.flatten(0, -1)).unwrap()
}

#[test]
fn stochastic_depth_drops_whole_pictures_in_training_alone() {
    let x = Tensor::ones([200, 3, 4, 4], (Kind::Float, Device::Cpu));
    let op = Op::StochasticDepth { rate: 0.25 };
    assert_eq!(apply(op, &x, false), x);
    assert_eq!(apply(Op::StochasticDepth { rate: 0.0 }, &x, true), x);
    let rows = numbers(&apply(op, &x, true));
    let mut dropped = 0;
    for row in rows.chunks(48) {
        assert!(row.iter().all(|v| *v == row[0]), "a picture is dropped in part");
        assert!(row[0] == 0.0 || (row[0] - 4.0 / 3.0).abs() < 1e-6, "{}", row[0]);
        dropped += usize::from(row[0] == 0.0);
    }
    // 50 of 200 on average, with a deviation of 6.
    assert!((14..=86).contains(&dropped), "{dropped}");
}

#[test]
fn normalisation_takes_off_the_mean_and_divides_by_the_deviation_of_each_colour() {
    let (mean, sd) = ([0.1, 0.2, 0.3], [0.5, 0.25, 2.0]);
    let x = Tensor::full([1, 3, 4, 4], 0.4, (Kind::Float, Device::Cpu));
    let got = numbers(&apply(Op::Normalise { mean, sd }, &x, true));
    for (plane, wanted) in got.chunks(16).zip([0.6, 0.8, 0.05]) {
        assert!(
            plane.iter().all(|v| (v - wanted).abs() < 1e-6),
            "{plane:?} for {wanted}"
        );
    }
}

#[test]
fn selu6_is_selu_up_to_six() {
    let x = Tensor::from_slice(&[-20.0f32, -1.0, 0.0, 1.0, 5.0, 8.0]);
    let x = x.repeat([8]).reshape([1, 3, 4, 4]);
    let got = numbers(&apply(Op::Selu6, &x, false));
    let wanted = [-1.758_099_3f32, -1.111_330_7, 0.0, 1.050_701, 5.253_505, 6.0];
    for (a, b) in got.iter().zip(wanted) {
        assert!((a - b).abs() < 1e-5, "{a} for {b}");
    }
}

#[test]
fn drawn_weights_have_the_deviation_and_the_bound_that_are_asked_for() {
    let graph = by_name("vgg16", 32, 2, &toml::Table::new()).unwrap();
    let parameters = of_graph(&graph);
    let network = Network::new(&graph, Device::Cpu, 3).unwrap();
    let values = |name: &str| {
        let all = network.state();
        numbers(&all.iter().find(|(n, _)| n == name).unwrap().1.detach())
    };
    let third = parameters.iter().find(|p| p.name == "features.5.weight").unwrap();
    let Role::NormalWeight { deviation, .. } = third.role else {
        panic!("{third:?}")
    };
    let drawn = values("features.5.weight");
    let variance = drawn.iter().map(|v| v * v).sum::<f32>() / drawn.len() as f32;
    assert!(
        (variance.sqrt() / deviation - 1.0).abs() < 0.02,
        "{variance} for {deviation}"
    );
    assert!(values("features.5.bias").iter().all(|v| *v == 0.0));
}
