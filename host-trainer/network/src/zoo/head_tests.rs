use super::*;
use crate::{HEAD, Node, by_name};

fn with_head(head: &str, labels: usize) -> Result<Graph, Error> {
    let options: toml::Table = format!("head = {head}").parse().unwrap();
    by_name("dense", 32, labels, &options)
}

fn names_of_head(graph: &Graph) -> Vec<&str> {
    let head = |n: &&Node| graph.blocks()[n.block] == HEAD;
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
