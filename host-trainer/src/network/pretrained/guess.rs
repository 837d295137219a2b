//! Which network a file is of, for the one who took the wrong one.

use super::dialect::Dialect;
use crate::network::published::CUSTOMARY_LABELS;
use crate::network::{Graph, HEAD, parameters, published, registry};
use std::collections::{BTreeMap, BTreeSet};

/// Share of the tensors that must fit before a network is named.
const ENOUGH: f64 = 0.8;

/// The network of the registry that the tensors fit best, in words; none when it is `graph` itself, or when
/// no network fits well.
pub(super) fn guess(graph: &Graph, file: &BTreeMap<String, Vec<usize>>) -> Option<String> {
    let names = file.keys().map(String::as_str);
    let translated = Dialect::of(names.clone()).translate(names);
    let tensors: BTreeMap<&str, &[usize]> = translated
        .iter()
        .map(|(theirs, ours)| (ours.as_str(), &file[*theirs][..]))
        .collect();
    let mut best: Option<(f64, String)> = None;
    for (words, candidate) in candidates() {
        if body(&candidate) == body(graph) {
            continue;
        }
        let share = share(&body(&candidate), &tensors);
        if share >= ENOUGH && best.as_ref().is_none_or(|(s, _)| share > *s) {
            best = Some((share, words));
        }
    }
    let own = share(&body(graph), &tensors);
    best.filter(|(share, _)| *share > own).map(|(_, words)| words)
}

/// Every network with what a recipe writes for it.
fn candidates() -> Vec<(String, Graph)> {
    let expanded = toml::Table::from_iter([("first_expansion".to_owned(), toml::Value::Boolean(true))]);
    let plain = registry::NAMES.iter().map(|name| (*name, toml::Table::new()));
    plain
        .chain([("mobilenet_v2", expanded)])
        .filter_map(|(name, options)| {
            let size = published::customary_size(name);
            let graph = registry::by_name(name, size, CUSTOMARY_LABELS, &options).ok()?;
            let words = options
                .iter()
                .map(|(key, value)| format!(" with {key} = {value}"));
            Some((format!("{name}{}", words.collect::<String>()), graph))
        })
        .collect()
}

/// Names and sizes of what is not head.
fn body(graph: &Graph) -> BTreeSet<(String, Vec<usize>)> {
    let nodes = graph.nodes().iter();
    let nodes = nodes.filter(|n| graph.blocks()[n.block] != HEAD);
    nodes
        .flat_map(|n| parameters::of_node(graph, n))
        .map(|p| (p.name, p.shape))
        .collect()
}

/// Share of names and sizes that file and network have in common, of all that either has.
fn share(body: &BTreeSet<(String, Vec<usize>)>, tensors: &BTreeMap<&str, &[usize]>) -> f64 {
    let common = body
        .iter()
        .filter(|(name, shape)| tensors.get(name.as_str()) == Some(&&shape[..]))
        .count();
    let counted = tensors.keys().filter(|n| !n.ends_with(".num_batches_tracked"));
    common as f64 / (body.len() + counted.count() - common).max(1) as f64
}
