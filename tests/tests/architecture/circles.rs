//! Circles in a graph of names.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// From each name the names it needs, each with the places that say so.
pub type Graph = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Groups of names each of which needs every other one, directly or through others. None: no circle.
pub fn knots(graph: &Graph) -> Vec<Vec<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph
        .keys()
        .map(|name| (name.as_str(), reached_from(graph, name)))
        .collect();
    let mut knots: Vec<Vec<String>> = Vec::new();
    for (name, targets) in &reached {
        if !targets.contains(name) || knots.iter().flatten().any(|known| known == name) {
            continue;
        }
        let back = |other: &&&str| reached.get(**other).is_some_and(|from| from.contains(name));
        knots.push(
            targets
                .iter()
                .filter(back)
                .map(|&other| other.to_owned())
                .collect(),
        );
    }
    knots
}

fn reached_from<'g>(graph: &'g Graph, name: &str) -> BTreeSet<&'g str> {
    let mut found = BTreeSet::new();
    let mut open: VecDeque<&str> = graph
        .get(name)
        .into_iter()
        .flat_map(|t| t.keys())
        .map(String::as_str)
        .collect();
    while let Some(next) = open.pop_front() {
        if found.insert(next) {
            open.extend(
                graph
                    .get(next)
                    .into_iter()
                    .flat_map(|t| t.keys())
                    .map(String::as_str),
            );
        }
    }
    found
}

/// A knot in words: who needs whom in it, with one place each.
pub fn told(graph: &Graph, knot: &[String]) -> String {
    let mut lines = vec![format!("  circle of {}", knot.join(", "))];
    for from in knot {
        for (to, places) in graph[from].iter().filter(|(to, _)| knot.contains(to)) {
            let first = places.first().map_or("", String::as_str);
            lines.push(format!(
                "    {from} -> {to}: {} places, such as {first}",
                places.len()
            ));
        }
    }
    lines.join("\n")
}
