use super::Network;
use crate::test_fixtures;
use blastscope_network::zoo::pad_single_logit;
use blastscope_network::{Error, Graph, Weights, by_name};
use tch::{Device, Kind, Tensor};

fn with_head(head: &str, labels: usize) -> Result<Graph, Error> {
    let options: toml::Table = format!("head = {head}").parse().unwrap();
    by_name("dense", 32, labels, &options)
}

#[test]
fn a_head_trains_on_top_of_any_features() {
    tch::set_num_threads(1);
    for head in ["{ kind = \"batch-norm-dense\" }", "{ kind = \"pool-dropout\" }"] {
        let network = Network::new(&with_head(head, 3).unwrap(), Device::Cpu, 1).unwrap();
        let x = Tensor::rand([4, 3, 32, 32], (Kind::Float, Device::Cpu));
        let y = network.forward(&x, true).unwrap();
        assert_eq!(y.size(), [4, 3]);
        y.square().sum(Kind::Float).backward();
        assert!(network.trainable().iter().all(|(_, v)| v.grad().defined()));
    }
}

#[test]
fn a_padded_logit_has_the_sigmoid_as_its_softmax() {
    tch::set_num_threads(1);
    let single = with_head("{ kind = \"single\" }", 2).unwrap();
    assert_eq!(single.labels(), 1);
    let weights = test_fixtures::weights(&single, 5);
    let (padded, wide) = pad_single_logit(&single, &weights).unwrap();
    assert_eq!(padded.labels(), 2);
    let x = Tensor::rand([3, 3, 32, 32], (Kind::Float, Device::Cpu));
    let forward = |graph: &Graph, weights: &Weights| {
        let mut network = Network::new(graph, Device::Cpu, 0).unwrap();
        network.load(weights).unwrap();
        tch::no_grad(|| network.forward(&x, false).unwrap())
    };
    let sigmoid = forward(&single, &weights).sigmoid().squeeze_dim(1);
    let softmax = forward(&padded, &wide).softmax(1, Kind::Float).select(1, 0);
    assert!((sigmoid - softmax).abs().max().double_value(&[]) < 1e-6);
    assert!(
        pad_single_logit(&padded, &wide)
            .unwrap_err()
            .to_string()
            .contains("one output")
    );
}
