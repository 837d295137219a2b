//! Which tensor of a file becomes which parameter of a graph. Names and sizes decide; no number is looked at.

use super::dialect::Dialect;
use crate::{Graph, HEAD, Node, Op, parameters};
use std::collections::{BTreeMap, BTreeSet};

/// The beginnings of classifiers' names in the libraries, translated.
const CLASSIFIERS: [&str; 2] = ["fc.", "classifier."];
/// Whether a name is of some kind.
type IsExtra = fn(&str) -> bool;
/// What networks have beside what they compute in evaluation, and what it is.
const KNOWN_EXTRAS: [(IsExtra, &str); 2] = [
    (
        |n| n.starts_with("AuxLogits."),
        "AuxLogits, the second classifier of training",
    ),
    (|n| n.ends_with(".num_batches_tracked"), "num_batches_tracked"),
];

/// A tensor that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Name in the file.
    pub theirs: String,
    /// Name in the graph.
    pub ours: String,
    /// Whether it is of the head.
    pub head: bool,
}

/// How a file fits a graph. Every tensor of the file stands in `pairs`, `extras`, `classifier`, `unknown` or
/// `misshapen`; every parameter of the graph in `pairs`, `fresh`, `missing` or `misshapen`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Whose names the file bears.
    pub dialect: Dialect,
    /// What is loaded.
    pub pairs: Vec<Pair>,
    /// Parameters of the head that stay fresh.
    pub fresh: Vec<String>,
    /// Tensors of the library's classifier that do not fit the head, and of a last convolution that it does without.
    pub classifier: Vec<String>,
    /// Tensors that no network needs in evaluation, by what they are.
    pub extras: BTreeMap<&'static str, Vec<String>>,
    /// Parameters that the file does not have.
    pub missing: Vec<String>,
    /// Tensors that the graph does not have.
    pub unknown: Vec<String>,
    /// Tensors of other sizes than their parameter, with both.
    pub misshapen: Vec<String>,
}

/// Matches the tensors of a file, by name with sizes, to the parameters of a graph.
pub fn plan(graph: &Graph, file: &BTreeMap<String, Vec<usize>>) -> Plan {
    let names = file.keys().map(String::as_str);
    let dialect = Dialect::of(&names);
    let translated = dialect.translate(names);
    let by_ours: BTreeMap<&str, &str> = translated.iter().map(|(t, o)| (o.as_str(), *t)).collect();
    let mut plan = Plan {
        dialect,
        pairs: vec![],
        fresh: vec![],
        classifier: vec![],
        extras: BTreeMap::new(),
        missing: vec![],
        unknown: vec![],
        misshapen: vec![],
    };
    let mut settled = BTreeSet::new();
    let mut head_names = BTreeSet::new();
    for node in graph.nodes() {
        let parameters = parameters::of_node(graph, node);
        let theirs = |ours: &str| by_ours.get(ours).map(|t| (*t, &file[*t]));
        let fits = |p: &parameters::Parameter| {
            theirs(&p.name).is_some_and(|(_, sizes)| same_numbers(sizes, &p.shape, dialect))
        };
        let head = graph.blocks()[node.block] == HEAD;
        // Half a classifier is none: a bias of other weights says nothing.
        let whole = parameters.iter().all(fits);
        for p in &parameters {
            match theirs(&p.name) {
                _ if head && !whole => {
                    plan.fresh.push(p.name.clone());
                    head_names.insert(p.name.clone());
                }
                None => plan.missing.push(p.name.clone()),
                Some((name, sizes)) => {
                    settled.insert(name);
                    if fits(p) {
                        plan.pairs.push(Pair {
                            theirs: name.to_owned(),
                            ours: p.name.clone(),
                            head,
                        });
                    } else {
                        plan.misshapen
                            .push(format!("{name} is {sizes:?} instead of {:?}", p.shape));
                    }
                }
            }
        }
    }
    let left_out = left_out(graph);
    for (theirs, ours) in &translated {
        if settled.contains(theirs) {
            continue;
        }
        let extra = KNOWN_EXTRAS.iter().find(|(is, _)| is(theirs));
        match extra {
            Some((_, what)) => plan.extras.entry(what).or_default().push((*theirs).to_owned()),
            None if left_out.iter().any(|c| ours.starts_with(c)) => {
                plan.classifier.push((*theirs).to_owned());
            }
            None if head_names.contains(ours) || CLASSIFIERS.iter().any(|c| ours.starts_with(c)) => {
                plan.classifier.push((*theirs).to_owned());
            }
            None => plan.unknown.push((*theirs).to_owned()),
        }
    }
    plan
}

impl Plan {
    /// Whether file and graph fit each other but for the head.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.unknown.is_empty() && self.misshapen.is_empty()
    }
}

/// The beginnings of the names of the last convolution and its norm, where the head takes maps before it and the
/// network does without: they stand after the last of `features`.
fn left_out(graph: &Graph) -> Vec<String> {
    let statistics = |n: &Node| matches!(n.op, Op::MaskedStatistics { .. });
    if !graph.nodes().iter().any(statistics) {
        return vec![];
    }
    let number = |n: &Node| {
        n.name
            .strip_prefix("features.")?
            .split('.')
            .next()?
            .parse::<usize>()
            .ok()
    };
    let last = graph.nodes().iter().filter_map(number).max().unwrap_or(0) + 1;
    [0, 1].map(|part| format!("features.{last}.{part}.")).into()
}

/// Whether the numbers of a tensor are those of a parameter: the same sizes, or the window of a
/// convolution that covers its whole map (timm's VGG) for the row of a linear map.
fn same_numbers(file: &[usize], ours: &[usize], dialect: Dialect) -> bool {
    let row = || match (file, ours) {
        ([outputs, c, h, w], [rows, columns]) => outputs == rows && c * h * w == *columns,
        _ => false,
    };
    file == ours || (dialect == Dialect::TimmVgg && row())
}
