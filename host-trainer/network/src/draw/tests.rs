use super::boxes::{OpBox, boxes};
use super::layout::{Layout, WIDTH, lay_out};
use super::repeats::collapse;
use super::*;
use crate::by_name;
use crate::zoo::{customary_size, names};
use blastscope_shared::DISCLAIMER;
use std::collections::BTreeSet;

fn graph(name: &str) -> Graph {
    by_name(name, customary_size(name), 2, &toml::Table::new()).unwrap()
}

fn laid_out(name: &str) -> (Vec<OpBox>, Layout) {
    let (kept, repeats) = collapse(&boxes(&graph(name)));
    let layout = lay_out(&kept, &repeats);
    (kept, layout)
}

#[test]
fn every_node_is_in_one_box_and_every_input_above_it_or_in_an_earlier_column() {
    for name in names() {
        let graph = graph(name);
        let all = boxes(&graph);
        let named: Vec<&String> = all.iter().flat_map(|b| &b.nodes).collect();
        let once: BTreeSet<&&String> = named.iter().collect();
        assert_eq!(
            (named.len(), once.len()),
            (graph.nodes().len(), graph.nodes().len()),
            "{name}"
        );
        let (kept, layout) = laid_out(name);
        for (to, b) in kept.iter().enumerate() {
            for from in &b.inputs {
                let (above, below) = (&layout.places[*from], &layout.places[to]);
                let later = below.column > above.column;
                assert!(later || above.y + above.height < below.y, "{name}: {}", b.name);
            }
        }
    }
}

#[test]
fn no_box_covers_another_and_all_lie_in_the_picture() {
    for name in names() {
        let (_, layout) = laid_out(name);
        for (i, a) in layout.places.iter().enumerate() {
            assert!(a.x > 0.0 && a.x + WIDTH < layout.width && a.y + a.height < layout.height);
            for b in &layout.places[i + 1..] {
                let beside = a.x + WIDTH < b.x || b.x + WIDTH < a.x;
                let apart = a.y + a.height < b.y || b.y + b.height < a.y;
                assert!(beside || apart, "{name}: {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn what_repeats_is_drawn_once_and_counted() {
    for (name, most) in [("resnet50", 90), ("efficientnet_v2_m", 130), ("mobilenet_v1", 40)] {
        let all = boxes(&graph(name));
        let (kept, repeats) = collapse(&all);
        assert!(kept.len() < most, "{name}: {} of {} boxes", kept.len(), all.len());
        let hidden: usize = repeats.iter().map(|r| r.length * (r.times - 1)).sum();
        assert_eq!(kept.len() + hidden, all.len(), "{name}");
    }
    // layer3 of ResNet50 has 6 units, the first of which halves the map.
    let (kept, repeats) = collapse(&boxes(&graph("resnet50")));
    let third = repeats
        .iter()
        .find(|r| kept[r.first].name.starts_with("layer3."))
        .unwrap();
    assert_eq!((third.times, third.length), (5, 4));
    assert_eq!(kept[third.first].name, "layer3.1.conv1");
    assert_eq!(third.last_name, "layer3.5.conv1");
}

#[test]
fn nothing_is_hidden_that_something_below_takes() {
    // Each layer of DenseNet takes all before it: no two are equal.
    let all = boxes(&graph("densenet121"));
    let (kept, repeats) = collapse(&all);
    assert!(repeats.is_empty());
    assert_eq!(kept, all);
}

#[test]
fn the_picture_has_a_title_a_description_and_every_kept_name() {
    let graph = graph("inception_v3");
    let svg = draw("inception_v3", &graph);
    for part in [
        "<title id=\"title\">inception_v3 for pictures of 3x299x299</title>",
        "<desc id=\"desc\">",
        "Mixed_7c",
        "concat",
        DISCLAIMER,
    ] {
        assert!(svg.contains(part), "{part}");
    }
    let opened = svg.matches("<g>").count();
    assert_eq!(opened, svg.matches("</g>").count());
    assert_eq!(opened, collapse(&boxes(&graph)).0.len());
    assert!(svg.len() < 300_000, "{} bytes", svg.len());
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

/// The drawing of our own network, whole: its golden file is looked at in a browser when it changes.
#[test]
fn the_drawing_of_the_dense_network_is_as_reviewed() {
    insta::assert_snapshot!("dense", draw("dense", &graph("dense")));
}
