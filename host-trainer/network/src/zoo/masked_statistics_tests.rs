use crate::onnx::{f32_len, write_f32};
use crate::{
    Error, ErrorKind, Graph, HEAD, Op, Shape, account, by_name, draw, features_graph, formula, parameters,
};

fn network(name: &str, size: usize, options: &str) -> Result<Graph, Error> {
    let head = format!("head = {{ kind = \"masked-statistics\"{options} }}");
    by_name(name, size, 2, &head.parse().unwrap())
}

fn shape(graph: &Graph, name: &str) -> Shape {
    graph.nodes().iter().find(|n| n.name == name).unwrap().shape
}

fn input(graph: &Graph, name: &str) -> String {
    let node = graph.nodes().iter().find(|n| n.name == name).unwrap();
    graph.node(node.inputs[0]).name.clone()
}

#[test]
fn the_last_map_of_each_stride_is_pooled_and_the_last_convolution_is_not_built() {
    let graph = network("efficientnet_lite0", 224, "").unwrap();
    for (stride, channels, last) in [(4, 24, 3), (8, 40, 5), (16, 112, 11), (32, 320, 16)] {
        let name = format!("head.statistics{stride}");
        assert_eq!(shape(&graph, &name), Shape::Vector(2 * channels), "{name}");
        assert!(
            input(&graph, &name).starts_with(&format!("features.{last}.")),
            "{name}"
        );
    }
    assert_eq!(
        shape(&graph, "head.features"),
        Shape::Vector(2 * (24 + 40 + 112 + 320) + 1)
    );
    assert_eq!(graph.labels(), 2);
    assert_eq!(graph.blocks().last().unwrap(), HEAD);
    assert!(!graph.nodes().iter().any(|n| n.name.starts_with("features.17.")));
    assert_eq!(
        graph.node(graph.last_map().unwrap()).shape,
        Shape::Map([320, 7, 7])
    );
    // The norm of the last bottleneck: what the picture of the network shows of the trunk's end.
    assert_eq!(input(&graph, "head.statistics32"), "features.16.conv.3");
    let mobile = network("mobilenet_v2", 96, ", strides = [2, 16], area = false").unwrap();
    assert_eq!(shape(&mobile, "head.features"), Shape::Vector(2 * (16 + 96)));
    // Nothing after the last map that is asked for: features.14 would be the first of stride 32.
    assert_eq!(
        mobile.blocks()[mobile.blocks().len() - 2..],
        ["features.13", HEAD]
    );
    let one = network("mobilenet_v2", 96, ", strides = [32], area = false").unwrap();
    assert_eq!(input(&one, "head.linear"), "head.statistics32");
}

#[test]
fn the_mask_is_of_the_picture_before_it_is_normalised() {
    let text = "normalisation = \"imagenet\"\nhead = { kind = \"masked-statistics\", dropout = 0.5 }";
    let graph = by_name("efficientnet_lite0", 64, 2, &text.parse().unwrap()).unwrap();
    assert_eq!(input(&graph, "head.mask"), "input");
    assert_eq!(input(&graph, "features.0.0"), "normalise");
    assert_eq!(input(&graph, "head.linear"), "head.dropout");
}

#[test]
fn an_embedding_stands_behind_the_logits() {
    let graph = network("efficientnet_lite0", 64, ", embedding = 5").unwrap();
    assert_eq!(graph.labels(), 2 + 5);
    assert_eq!(shape(&graph, "head.linear"), Shape::Vector(2));
    assert_eq!(shape(&graph, "head.embedding"), Shape::Vector(5));
    let last = graph.node(graph.output());
    let order: Vec<&str> = last.inputs.iter().map(|i| graph.node(*i).name.as_str()).collect();
    assert_eq!(order, ["head.linear", "head.embedding"]);
}

#[test]
fn only_the_linear_maps_have_parameters_in_the_head() {
    let graph = network("efficientnet_lite0", 64, "").unwrap();
    let head = graph.nodes().iter().filter(|n| graph.blocks()[n.block] == HEAD);
    let names: Vec<String> = head
        .flat_map(|n| parameters::of_node(&graph, n))
        .map(|p| p.name)
        .collect();
    assert_eq!(names, ["head.linear.weight", "head.linear.bias"]);
    let account = account::count(&graph);
    let line = |name: &str| account.nodes.iter().find(|l| l.name == name).unwrap();
    assert_eq!(line("head.linear").parameters, 993 * 2 + 2);
    assert_eq!(
        (line("head.statistics4").macs, line("head.statistics4").kind),
        (0, "masked statistics")
    );
    let whole = by_name("efficientnet_lite0", 64, 2, &toml::Table::new()).unwrap();
    let without = account::count(&whole).parameters - (320 * 1280 + 2 * 1280) - (1280 * 2 + 2);
    assert_eq!(account.parameters, without + 993 * 2 + 2);
    assert!(draw("lite", &graph).contains("masked statistics"));
}

#[test]
fn onnx_has_the_head_in_plain_operators_and_its_size_is_known() {
    let graph = network("efficientnet_lite0", 64, ", embedding = 1").unwrap();
    let bytes = write_f32(&graph, &formula::weights(&graph, 1.0)).unwrap();
    assert_eq!(f32_len(&graph).unwrap(), bytes.len());
    let holds = |name: &str| bytes.windows(name.len()).any(|w| w == name.as_bytes());
    for op in [
        "ReduceMax",
        "Greater",
        "Cast",
        "AveragePool",
        "ReduceMean",
        "Sqrt",
        "Log",
    ] {
        assert!(holds(op), "{op}");
    }
}

#[test]
fn features_end_before_the_linear_maps_and_keep_their_names() {
    for options in ["", ", embedding = 3, dropout = 0.2"] {
        let graph = network("efficientnet_lite0", 64, options).unwrap();
        let cut = features_graph(&graph).unwrap();
        assert_eq!(cut.node(cut.output()).name, "head.features");
        assert_eq!(cut.labels(), 993);
        assert!(
            !cut.nodes()
                .iter()
                .any(|n| matches!(n.op, Op::Linear { .. } | Op::Dropout { .. }))
        );
        let weights = formula::weights(&graph, 1.0);
        let own = weights.of_graph(&cut);
        own.check(&cut).unwrap();
        assert!(!own.0.contains_key("head.linear.weight"));
        write_f32(&cut, &own).unwrap();
    }
    let plain = by_name("mobilenet_v2", 64, 2, &toml::Table::new()).unwrap();
    let cut = features_graph(&plain).unwrap();
    assert_eq!(cut.node(cut.output()).name, "flatten");
    let again = features_graph(&cut).unwrap_err().to_string();
    assert!(
        again.contains("flatten") && again.contains("ends in none"),
        "{again}"
    );
}

#[test]
fn what_the_head_cannot_do_is_refused_with_a_remedy() {
    for (name, size, options, parts) in [
        ("resnet18", 96, "", ["efficientnet_lite0", "another kind"]),
        (
            "efficientnet_lite1",
            240,
            "",
            ["not 240", "set input.size to 224 or 256"],
        ),
        (
            "efficientnet_lite0",
            20,
            "",
            ["multiple of 32", "set input.size to 32"],
        ),
        (
            "efficientnet_lite0",
            64,
            ", strides = [1]",
            ["no map at stride 1", "use strides of 2, 4, 8, 16, 32"],
        ),
        (
            "efficientnet_lite0",
            64,
            ", strides = [4, 64]",
            ["no map at stride 64", "2, 4, 8, 16, 32"],
        ),
        (
            "efficientnet_lite0",
            64,
            ", strides = []",
            ["out of range", "each once"],
        ),
        (
            "efficientnet_lite0",
            64,
            ", strides = [4, 4]",
            ["out of range", "each once"],
        ),
        (
            "efficientnet_lite0",
            64,
            ", strides = [6]",
            ["out of range", "each once"],
        ),
        (
            "efficientnet_lite0",
            64,
            ", dropout = 1.0",
            ["out of range", "0..1"],
        ),
        (
            "efficientnet_lite0",
            64,
            ", embedding = -1",
            ["network.head", "-1"],
        ),
        ("efficientnet_lite0", 64, ", pool = 3", ["network.head", "pool"]),
    ] {
        let error = network(name, size, options).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Unknown,
            "{name} {size} {options}: {error}"
        );
        let text = error.to_string();
        assert!(text.contains("network.head"), "{text}");
        for part in parts {
            assert!(text.contains(part), "{name} {size} {options}: {text}");
        }
    }
}
