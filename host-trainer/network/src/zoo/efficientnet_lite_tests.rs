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

/// Parameters and multiply-accumulates of timm's 1.0.31 `tf_efficientnet_lite*` for 1000 labels, the latter counted
/// by hooks on its convolutions and its linear map. The authors' table says some 3 to 6 % more of the latter.
#[test]
fn parameters_and_multiplications_are_those_of_timm() {
    for (name, size, parameters, macs) in [
        ("efficientnet_lite0", 224, 4_652_008, 385_187_552),
        ("efficientnet_lite1", 240, 5_416_680, 600_185_232),
        ("efficientnet_lite2", 260, 6_092_072, 859_736_272),
        ("efficientnet_lite3", 280, 8_197_096, 1_383_321_872),
        ("efficientnet_lite4", 300, 13_006_568, 2_553_034_336),
    ] {
        let count = account::count(&by_name(name, size, 1000, &toml::Table::new()).unwrap());
        assert_eq!((count.parameters, count.macs), (parameters, macs), "{name}");
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
