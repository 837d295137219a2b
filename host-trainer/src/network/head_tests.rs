use super::*;
use crate::network::{HEAD, Network, by_name};
use crate::specimens;
use tch::{Device, Kind, Tensor};

fn with_head(head: &str, labels: usize) -> Result<Graph, Error> {
    let options: toml::Table = format!("head = {head}").parse().unwrap();
    by_name("dense", 32, labels, &options)
}

fn names_of_head(graph: &Graph) -> Vec<&str> {
    let head = |n: &&super::super::Node| graph.blocks()[n.block] == HEAD;
    graph
        .nodes()
        .iter()
        .filter(head)
        .map(|n| n.name.as_str())
        .collect()
}

#[test]
fn the_dense_head_of_mantri_has_its_norm_and_its_penalties() {
    let graph = with_head("{ kind = \"batch-norm-dense\" }", 2).unwrap();
    assert_eq!(
        names_of_head(&graph),
        [
            "head.pool",
            "head.flatten",
            "head.norm",
            "head.dense",
            "head.relu",
            "head.dropout",
            "head.linear"
        ]
    );
    let penalties: Vec<(&str, Penalty)> = graph
        .penalties()
        .iter()
        .map(|(id, p)| (graph.node(*id).name.as_str(), *p))
        .collect();
    assert_eq!(
        penalties,
        [
            ("head.dense", Penalty::KernelL2(0.016)),
            ("head.relu", Penalty::ActivationL1(0.006)),
            ("head.dense", Penalty::BiasL1(0.006)),
        ]
    );
    let bare =
        "{ kind = \"batch-norm-dense\", units = 8, kernel_l2 = 0.0, activation_l1 = 0.0, bias_l1 = 0.0 }";
    assert!(with_head(bare, 2).unwrap().penalties().is_empty());
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
fn a_head_that_does_not_fit_is_refused_with_key_and_remedy() {
    for (head, labels, part) in [
        ("{ kind = \"single\" }", 3, "two labels"),
        ("{ kind = \"attention\" }", 2, "attention"),
        ("{ kind = \"plain\", units = 3 }", 2, "units"),
        ("{ kind = \"plain\", dropout = 1.0 }", 2, "0..1"),
        (
            "{ kind = \"batch-norm-dense\", units = 0 }",
            2,
            "units of at least 1",
        ),
        (
            "{ kind = \"batch-norm-dense\", kernel_l2 = -1.0 }",
            2,
            "at least 0",
        ),
        ("{ dropout = 0.5 }", 2, "kind"),
        ("\"plain\"", 2, "pool-dropout"),
    ] {
        let error = with_head(head, labels).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unknown);
        let text = error.to_string();
        assert!(
            text.contains("network.head") && text.contains(part),
            "{head}: {text}"
        );
    }
}

#[test]
fn a_padded_logit_has_the_sigmoid_as_its_softmax() {
    tch::set_num_threads(1);
    let single = with_head("{ kind = \"single\" }", 2).unwrap();
    assert_eq!(single.labels(), 1);
    let weights = specimens::weights(&single, 5);
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
