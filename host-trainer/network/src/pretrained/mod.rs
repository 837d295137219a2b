//! Weights that others trained: `.safetensors` and `.pth` state dictionaries of torchvision, timm and
//! efficientnet-lite-pytorch, by their public tensor names, as the start of a training.
//!
//! A file fits when every tensor has its parameter and every parameter its tensor, sizes included. The
//! head is excepted: it is loaded when it fits and stays fresh otherwise. Two things that names
//! and sizes do not tell: timm's `tf_efficientnetv2_*` and other `tf_*` weights were trained with TensorFlow's
//! padding ("SAME": one pixel more below and to the right at stride 2), ours pads alike on all sides
//! (EfficientNet-Lite as its recipe says), so they start from slightly shifted features; and each file expects
//! pictures normalised as its authors did (torchvision's InceptionV3: to -1..1), which is the recipe's to say.

mod dialect;
mod dialect_tables;
mod element;
mod guess;
mod legacy_file;
mod object;
mod pickle;
mod plan;
mod read;
mod report;
mod state_dict;
mod zip_file;

pub use dialect::Dialect;
pub use plan::{Pair, Plan, plan};
pub use read::read;
pub use report::ImportReport;
pub use state_dict::StateDict;

use crate::{Error, ErrorKind, Graph, Weights};
use std::collections::BTreeMap;
use std::path::Path;

/// Puts the weights of a file in the place of a network's own. Unknown, missing and misshapen tensors, and numbers
/// that are not finite, are listed by name and refused; `allow_partial` loads what fits and says in the report what
/// it left out. Where the file is refused, `weights` stay as they are.
pub fn load(
    path: &Path,
    graph: &Graph,
    weights: &mut Weights,
    allow_partial: bool,
) -> Result<ImportReport, Error> {
    let mut state = read(path)?;
    let shapes = state.shapes();
    let plan = plan(graph, &shapes);
    check(&shapes, &plan, allow_partial).map_err(|e| e.within(path.display()))?;
    let mut loaded = weights.clone();
    let (mut values, mut unsound) = (0, vec![]);
    for pair in &plan.pairs {
        // A tensor of whole numbers under the name of a weight is not among the weights.
        let theirs = state.weights.0.remove(&pair.theirs);
        let theirs = theirs.filter(|a| a.values.iter().all(|v| v.is_finite()));
        match (theirs, loaded.0.get_mut(&pair.ours)) {
            (Some(theirs), Some(ours)) => {
                values += theirs.values.len();
                ours.values = theirs.values;
            }
            _ => unsound.push(pair.theirs.as_str()),
        }
    }
    if !unsound.is_empty() {
        return Err(Error::new(
            ErrorKind::Weights,
            format!(
                "{}: no finite f32 numbers in {}: the file is damaged, or of a training that diverged",
                path.display(),
                unsound.join(", ")
            ),
        ));
    }
    *weights = loaded;
    Ok(ImportReport::new(path, plan, values))
}

/// Refuses a plan that leaves something out, unless that is allowed and something is left to load.
pub fn check(file: &BTreeMap<String, Vec<usize>>, plan: &Plan, allow_partial: bool) -> Result<(), Error> {
    if plan.is_whole() || (allow_partial && !plan.pairs.is_empty()) {
        return Ok(());
    }
    let looks = guess::guess(plan, file).map(|n| format!("; these look like {n}"));
    let mut lines = vec![format!(
        "these weights are not of this network{}",
        looks.unwrap_or_default()
    )];
    for (what, names) in [
        ("missing", &plan.missing),
        ("unknown", &plan.unknown),
        ("misshapen", &plan.misshapen),
    ] {
        if !names.is_empty() {
            lines.push(format!("{what} ({}): {}", names.len(), names.join(", ")));
        }
    }
    let remedy = if plan.pairs.is_empty() {
        "nothing of it fits: give the file of this network"
    } else {
        "give the file of this network, or load what fits with --allow-partial"
    };
    lines.push(remedy.into());
    Err(Error::new(ErrorKind::Weights, lines.join("\n  ")))
}

#[cfg(test)]
mod tests;
