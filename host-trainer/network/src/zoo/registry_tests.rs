use super::*;
use crate::{HEAD, Op, Shape, account};
use std::collections::BTreeSet;

fn plain(name: &str, size: usize) -> Result<Graph, Error> {
    by_name(name, size, 2, &toml::Table::new())
}

fn options(text: &str) -> toml::Table {
    text.parse().unwrap()
}

#[test]
fn every_network_builds_with_its_defaults_and_ends_in_a_head() {
    for name in names() {
        let graph = plain(name, 96).unwrap();
        assert_eq!(graph.labels(), 2, "{name}");
        assert_eq!(graph.input(), Shape::Map([3, 96, 96]), "{name}");
        assert_eq!(graph.blocks().last().unwrap(), HEAD, "{name}");
        let blocks: BTreeSet<&String> = graph.blocks().iter().collect();
        assert_eq!(blocks.len(), graph.blocks().len(), "{name}: a block stands twice");
        let head = graph.blocks().len() - 1;
        assert!(
            graph
                .nodes()
                .iter()
                .all(|n| n.block == head || !matches!(n.op, Op::Linear { .. }))
        );
    }
    assert!(account::count(&plain("dense", 96).unwrap()).parameters < 500_000);
}

#[test]
fn every_network_takes_every_head_and_every_normalisation() {
    for name in names() {
        for (head, count) in [
            ("{ kind = \"plain\", dropout = 0.1 }", 2),
            ("{ kind = \"batch-norm-dense\" }", 2),
            ("{ kind = \"pool-dropout\" }", 2),
            ("{ kind = \"single\" }", 1),
        ] {
            let options = options(&format!(
                "head = {head}\nnormalisation = \"symmetric\"\ninitialisation = \"xavier\""
            ));
            let graph = by_name(name, 96, 2, &options).unwrap();
            assert_eq!(graph.labels(), count, "{name} {head}");
            assert_eq!(outputs(&options, 2).unwrap(), count);
            assert_eq!(graph.nodes()[1].op.kind(), "normalise", "{name}");
        }
    }
}

#[test]
fn the_rates_of_dropping_out_are_those_of_the_recipe() {
    let rates = |name: &str, text: &str| {
        let graph = by_name(name, 96, 2, &options(text)).unwrap();
        let rate = |op: Op| match op {
            Op::Dropout { rate } | Op::StochasticDepth { rate } => Some(rate),
            _ => None,
        };
        graph
            .nodes()
            .iter()
            .filter_map(|n| rate(n.op))
            .collect::<Vec<_>>()
    };
    for name in names() {
        assert_eq!(*rates(name, "dropout = 0.35").last().unwrap(), 0.35, "{name}");
    }
    // The second of 40 blocks is the first with a residual that may be left out; the last is number 39.
    let published = rates("efficientnet_v2_s", "");
    assert_eq!(published[1], 0.2 / 40.0);
    assert!((published[published.len() - 2] - 0.2 * 39.0 / 40.0).abs() < 1e-12);
    let none = rates("efficientnet_v2_s", "stochastic_depth = 0.0\ndropout = 0.0");
    assert!(none.iter().all(|s| *s == 0.0));
}

#[test]
fn selu6_follows_every_expansion_and_nothing_else() {
    let graph = by_name("efficientnet_v2_s", 64, 2, &options("activation = \"selu6\"")).unwrap();
    let count = |kind: &str| graph.nodes().iter().filter(|n| n.op.kind() == kind).count();
    // 2 of the 10 fused blocks do not expand; all 30 others do.
    assert_eq!(count("selu6"), 8 + 30);
    assert_eq!(count("silu"), 1 + 2 + 2 * 30 + 1);
    let error = by_name("efficientnet_v2_s", 64, 2, &options("activation = \"elu\"")).unwrap_err();
    assert!(error.to_string().contains("selu6"), "{error}");
}

#[test]
fn a_recipe_describes_the_stages() {
    let options = toml::toml! {
        dropout = 0.1
        stages = [{ channels = 8, stride = 2 }, { channels = 12, max_pool = true }]
    };
    let graph = by_name("dense", 32, 3, &options).unwrap();
    let pool = graph.nodes().iter().find(|n| n.name == "stage2.pool").unwrap();
    assert_eq!(pool.shape, Shape::Map([12, 8, 8]));
}

#[test]
fn unknown_names_and_options_are_refused_with_those_that_exist() {
    let error = plain("resnet5", 96).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown);
    let text = error.to_string();
    assert!(
        text.contains("did you mean \"resnet50\"?") && text.contains("dense"),
        "{text}"
    );
    let far = plain("transformer", 96).unwrap_err().to_string();
    assert!(far.contains("is unknown: use one of"), "{far}");
    for name in names() {
        let error = by_name(name, 96, 2, &toml::toml! { widht = 3 }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unknown);
        let text = error.to_string();
        for part in ["widht", "dropout", "head, normalisation, initialisation"] {
            assert!(text.contains(part), "{name}: {text}");
        }
    }
    for (name, text, part) in [
        ("dense", "stages = []", "at least one stage"),
        ("dense", "initialisation = \"zero\"", "network.initialisation"),
        ("lightweight_cnn", "pool_after = [4]", "network.pool_after: 4"),
    ] {
        let error = by_name(name, 96, 2, &options(text)).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_picture_that_is_too_small_is_refused_with_the_smallest_one() {
    // `min_size` of torchvision's tables where it has one.
    for (name, smallest) in [
        ("alexnet", 63),
        ("vgg16", 32),
        ("vgg19", 32),
        ("densenet121", 29),
        ("inception_v3", 75),
    ] {
        assert!(plain(name, smallest).is_ok());
        let text = plain(name, smallest - 1).unwrap_err().to_string();
        let wanted = format!(
            "network {name:?} takes pictures of at least {smallest} px, not {}: raise input.size",
            smallest - 1
        );
        assert_eq!(text, wanted);
    }
    assert!(plain("resnet18", 1).is_ok());
    assert!(plain("resnet18", 0).is_err());
}
