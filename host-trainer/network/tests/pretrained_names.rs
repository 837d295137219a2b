//! The public tensor names of torchvision, timm and the weights of PyPI, all of them, against our networks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use blastscope_network::pretrained::{self, plan};
use blastscope_network::zoo::{CUSTOMARY_LABELS, names};
use blastscope_network::{Graph, HEAD, by_name, parameters};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Shapes = BTreeMap<String, Vec<usize>>;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/state_dicts")
}

/// Names and shapes of a fixture; see `scripts/weight_fixtures.py`.
fn shapes(library: &str, network: &str) -> Shapes {
    let text = std::fs::read_to_string(folder().join(format!("{library}-{network}.txt"))).unwrap();
    let mut shapes = Shapes::new();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let parts: Vec<&str> = line.split(' ').collect();
        match parts[..] {
            [module, "norm", channels] => {
                for kind in ["weight", "bias", "running_mean", "running_var"] {
                    shapes.insert(format!("{module}.{kind}"), vec![channels.parse().unwrap()]);
                }
                shapes.insert(format!("{module}.num_batches_tracked"), vec![]);
            }
            [name, sizes] => {
                let sizes = sizes.split('x').map(|s| s.parse().unwrap()).collect();
                shapes.insert(name.to_owned(), sizes);
            }
            _ => panic!("{line}"),
        }
    }
    shapes
}

/// All fixtures: library and network.
fn fixtures() -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let (library, network) = name.strip_suffix(".txt").unwrap().split_once('-').unwrap();
            (library.to_owned(), network.to_owned())
        })
        .collect();
    names.sort();
    names
}

fn graph(network: &str, labels: usize) -> Graph {
    // torchvision and timm average VGG's and AlexNet's features to the size that 224 px give.
    by_name(network, 224, labels, &toml::Table::new()).unwrap()
}

#[test]
fn there_is_a_fixture_for_every_network_that_the_libraries_have() {
    let ours: BTreeSet<&str> = names().collect();
    let all = fixtures();
    let of = |library: &str| -> BTreeSet<&str> {
        let of = all.iter().filter(|(l, _)| l == library);
        of.map(|(_, n)| n.as_str()).collect()
    };
    let without = |names: &[&'static str]| -> BTreeSet<&str> {
        ours.iter().copied().filter(|n| !names.contains(n)).collect()
    };
    let own = ["dense", "lightweight_cnn"];
    let lites: Vec<&str> = ours.iter().copied().filter(|n| n.contains("_lite")).collect();
    assert_eq!(of("pypi"), lites.iter().copied().collect());
    let beyond_torchvision = [&own[..], &["xception", "mobilenet_v1"], &lites].concat();
    assert_eq!(of("torchvision"), without(&beyond_torchvision));
    // timm has no AlexNet.
    assert_eq!(of("timm"), without(&[&own[..], &["alexnet"]].concat()));
}

#[test]
fn every_tensor_of_every_library_finds_its_parameter_and_every_parameter_its_tensor() {
    for (library, network) in fixtures() {
        let file = shapes(&library, &network);
        let graph = graph(&network, CUSTOMARY_LABELS);
        let plan = plan(&graph, &file);
        let place = format!("{library} {network}");
        assert!(plan.is_whole(), "{place}: {plan:?}");
        assert!(
            plan.fresh.is_empty() && plan.classifier.is_empty(),
            "{place}: {plan:?}"
        );
        assert_eq!(plan.pairs.len(), parameters::of_graph(&graph).len(), "{place}");
        let extras: usize = plan.extras.values().map(Vec::len).sum();
        assert_eq!(plan.pairs.len() + extras, file.len(), "{place}");
        let counts = |n: &&String| n.ends_with(".num_batches_tracked");
        let left_out = |n: &String| counts(&n) || n.starts_with("AuxLogits.");
        assert!(plan.extras.values().flatten().all(left_out), "{place}");
        pretrained::check(&file, &plan, false).unwrap();
    }
}

#[test]
fn with_other_labels_only_the_last_linear_map_stays_fresh() {
    for (library, network) in fixtures() {
        let graph = graph(&network, 2);
        let plan = plan(&graph, &shapes(&library, &network));
        assert!(plan.is_whole(), "{library} {network}");
        let last = &graph.node(graph.output()).name;
        assert_eq!(plan.fresh, [format!("{last}.weight"), format!("{last}.bias")]);
        assert_eq!(plan.classifier.len(), 2, "{:?}", plan.classifier);
    }
}

#[test]
fn with_another_head_everything_before_it_is_loaded() {
    let options: toml::Table = "head = { kind = \"batch-norm-dense\" }".parse().unwrap();
    for (library, network) in fixtures() {
        let graph = by_name(&network, 96, 2, &options).unwrap();
        let plan = plan(&graph, &shapes(&library, &network));
        assert!(plan.is_whole(), "{library} {network}: {plan:?}");
        let nodes = graph.nodes().iter().filter(|n| graph.blocks()[n.block] != HEAD);
        let body: usize = nodes.map(|n| parameters::of_node(&graph, n).len()).sum();
        assert_eq!(plan.pairs.len(), body, "{library} {network}");
    }
}

#[test]
fn statistics_of_the_cell_leave_the_last_convolution_of_a_file_out_and_nothing_else() {
    let options: toml::Table = "head = { kind = \"masked-statistics\" }".parse().unwrap();
    for (library, network) in fixtures()
        .into_iter()
        .filter(|(_, n)| n.contains("_lite") || n == "mobilenet_v2")
    {
        let graph = by_name(&network, 96, 2, &options).unwrap();
        let plan = plan(&graph, &shapes(&library, &network));
        assert!(plan.is_whole(), "{library} {network}: {plan:?}");
        assert_eq!(plan.fresh, ["head.linear.weight", "head.linear.bias"]);
        // A convolution, four tensors of its norm, weight and bias of the classifier.
        assert_eq!(
            plan.classifier.len(),
            7,
            "{library} {network}: {:?}",
            plan.classifier
        );
        pretrained::check(&shapes(&library, &network), &plan, false).unwrap();
    }
}

#[test]
fn weights_of_another_size_of_a_family_are_refused_and_named_whatever_the_head() {
    for head in ["plain", "masked-statistics"] {
        let options: toml::Table = format!("head = {{ kind = \"{head}\" }}").parse().unwrap();
        for (library, file) in [("pypi", "efficientnet_lite1"), ("timm", "efficientnet_lite2")] {
            let graph = by_name("efficientnet_lite0", 224, 2, &options).unwrap();
            let file_shapes = shapes(library, file);
            let plan = plan(&graph, &file_shapes);
            let text = pretrained::check(&file_shapes, &plan, false)
                .unwrap_err()
                .to_string();
            assert!(text.contains(&format!("look like {file}\n")), "{text}");
            assert!(text.contains("give the file of this network"), "{text}");
        }
    }
}

#[test]
fn weights_of_another_network_are_refused_and_named() {
    for (library, network) in fixtures() {
        let other = if network == "resnet18" {
            "resnet50"
        } else {
            "resnet18"
        };
        let file = shapes(&library, &network);
        let graph = graph(other, 2);
        let plan = plan(&graph, &file);
        let text = pretrained::check(&file, &plan, false).unwrap_err().to_string();
        let wanted = format!("not of this network; these look like {network}\n");
        assert!(text.contains(&wanted), "{library} {network}: {text}");
    }
    let (file, graph) = (shapes("torchvision", "vgg16"), graph("vgg19", 2));
    let plan = plan(&graph, &file);
    let text = pretrained::check(&file, &plan, false).unwrap_err().to_string();
    assert!(text.contains("look like vgg16"), "{text}");
    // Every tensor that has no place is named.
    assert!(text.contains("features.34.weight"), "{text}");
}

#[test]
fn the_old_spelling_of_densenet_is_the_present_one() {
    let old: Shapes = shapes("torchvision", "densenet121")
        .into_iter()
        .filter(|(name, _)| !name.ends_with(".num_batches_tracked"))
        .map(|(name, shape)| {
            let spelled = ["norm1", "norm2", "conv1", "conv2"].iter().fold(name, |n, part| {
                let (kind, number) = part.split_at(4);
                n.replace(&format!(".{part}."), &format!(".{kind}.{number}."))
            });
            (spelled, shape)
        })
        .collect();
    assert!(old.contains_key("features.denseblock1.denselayer1.norm.1.weight"));
    let graph = graph("densenet121", CUSTOMARY_LABELS);
    assert_eq!(plan(&graph, &old).pairs.len(), old.len());
}
