//! Which network a file is of, for the one who took the wrong one.

use super::plan::{Plan, plan};
use crate::zoo::{CUSTOMARY_LABELS, customary_size, names};
use crate::{Graph, by_name};
use std::collections::BTreeMap;

/// Share of what must fit before a network is named.
const ENOUGH: f64 = 0.8;

/// The network of the registry that fits the tensors best, in words; none when it fits them no better than
/// `own`, the plan of the network asked for, or when none fits well.
pub(super) fn guess(own: &Plan, file: &BTreeMap<String, Vec<usize>>) -> Option<String> {
    let mut best: Option<(f64, String)> = None;
    for (words, candidate) in candidates() {
        let share = share(&plan(&candidate, file));
        if share >= ENOUGH && best.as_ref().is_none_or(|(s, _)| share > *s) {
            best = Some((share, words));
        }
    }
    best.filter(|(best, _)| *best > share(own))
        .map(|(_, words)| words)
}

/// Every network with what a recipe writes for it.
fn candidates() -> Vec<(String, Graph)> {
    let expanded = toml::Table::from_iter([("first_expansion".to_owned(), toml::Value::Boolean(true))]);
    let plain = names().map(|name| (name, toml::Table::new()));
    plain
        .chain([("mobilenet_v2", expanded)])
        .filter_map(|(name, options)| {
            let graph = by_name(name, customary_size(name), CUSTOMARY_LABELS, &options).ok()?;
            let words = options
                .iter()
                .map(|(key, value)| format!(" with {key} = {value}"));
            Some((format!("{name}{}", words.collect::<String>()), graph))
        })
        .collect()
}

/// Share of tensors and parameters before the head that fit, of all there are.
fn share(plan: &Plan) -> f64 {
    let fit = plan.pairs.iter().filter(|p| !p.head).count();
    let all = fit + plan.missing.len() + plan.unknown.len() + plan.misshapen.len();
    fit as f64 / all.max(1) as f64
}
