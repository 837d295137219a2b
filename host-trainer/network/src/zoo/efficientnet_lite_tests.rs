use crate::{Conv, Graph, Op, Shape, account, by_name, parameters};

fn lite(size: usize, options: &str) -> Graph {
    by_name("efficientnet_lite0", size, 2, &options.parse().unwrap()).unwrap()
}

fn convolution(graph: &Graph, name: &str) -> Conv {
    let node = graph.nodes().iter().find(|n| n.name == name).unwrap();
    match node.op {
        Op::Conv(conv) => conv,
        _ => panic!("{name} is no convolution"),
    }
}

/// Counted by efficientnet-lite-pytorch 0.1.0 for 1000 labels.
#[test]
fn parameters_are_those_of_the_published_weights() {
    for (name, wanted) in [
        ("efficientnet_lite0", 4_652_008),
        ("efficientnet_lite1", 5_416_680),
        ("efficientnet_lite2", 6_092_072),
        ("efficientnet_lite3", 8_197_096),
        ("efficientnet_lite4", 13_006_568),
    ] {
        let graph = by_name(name, 96, 1000, &toml::Table::new()).unwrap();
        assert_eq!(account::count(&graph).parameters, wanted, "{name}");
    }
}

#[test]
fn zeros_stand_where_tensorflow_has_them_unless_symmetric_ones_are_asked_for() {
    let same = lite(224, "");
    for (name, padding, trailing) in [
        ("features.0.0", 0, 1),
        ("features.1.conv.0.0", 1, 0),
        ("features.2.conv.1.0", 0, 1),
        ("features.4.conv.1.0", 1, 1),
        ("features.5.conv.1.0", 2, 0),
    ] {
        let conv = convolution(&same, name);
        assert_eq!(
            (conv.padding, conv.trailing),
            ([padding; 2], [trailing; 2]),
            "{name}"
        );
    }
    let odd = convolution(&lite(225, ""), "features.0.0");
    assert_eq!((odd.padding, odd.trailing), ([1; 2], [0; 2]));
    let symmetric = lite(224, "padding = \"symmetric\"");
    assert_eq!(convolution(&symmetric, "features.4.conv.1.0").padding, [2; 2]);
    let trailing = |n: &crate::Node| matches!(n.op, Op::Conv(c) if c.trailing != [0; 2]);
    assert!(!symmetric.nodes().iter().any(trailing));
    // Same parameters, same shapes: the weights of one are those of the other.
    assert_eq!(parameters::of_graph(&same), parameters::of_graph(&symmetric));
    let shapes = |g: &Graph| g.nodes().iter().map(|n| n.shape).collect::<Vec<Shape>>();
    assert_eq!(shapes(&same), shapes(&symmetric));
    let error = by_name(
        "efficientnet_lite0",
        64,
        2,
        &"padding = \"valid\"".parse().unwrap(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("symmetric"), "{error}");
}
