use super::collection::Collection;
use super::fold::Fold;
use super::split_plan::{SplitPlan, is_zero};
use super::split_unit::SplitUnit;
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::package::sha256_hex;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The version of split files that this code reads and writes.
const VERSION: u32 = 1;

/// A file that says which subject groups, or which pictures, train, validate and test in each fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Split {
    version: u32,
    seed: u64,
    validation_share: f64,
    /// Share that every fold tests; 0: each fold tests what it leaves out.
    #[serde(default, skip_serializing_if = "is_zero")]
    holdout: f64,
    /// Cells of each label in each group or of each picture, when the split was made.
    groups: BTreeMap<String, BTreeMap<String, usize>>,
    folds: Vec<Fold>,
}

impl Split {
    pub(super) fn new(collection: &Collection, plan: &SplitPlan, folds: Vec<Fold>) -> Self {
        let named = |counts: Vec<usize>| {
            let names = collection.labels.names().iter().cloned();
            names.zip(counts).filter(|c| c.1 > 0).collect()
        };
        Self {
            version: VERSION,
            seed: plan.seed,
            validation_share: plan.validation_share,
            holdout: plan.holdout,
            groups: collection
                .units(plan.unit)
                .into_iter()
                .map(|(g, c)| (g, named(c)))
                .collect(),
            folds,
        }
    }

    /// The folds.
    pub(crate) fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// One fold; names the possible numbers when there is no such fold.
    pub(crate) fn fold(&self, number: usize) -> Result<&Fold, Error> {
        self.folds.get(number).ok_or_else(|| {
            let last = self.folds.len().saturating_sub(1);
            Error::new(
                ErrorKind::Split,
                format!("there is no fold {number}: the split has folds 0 to {last}"),
            )
        })
    }

    /// The folds in words: cells and groups of each label on each side, a line a side.
    pub(crate) fn describe(&self, collection: &Collection) -> Vec<String> {
        let mut lines = Vec::new();
        for (k, fold) in self.folds.iter().enumerate() {
            let present = collection.units(fold.unit);
            for (side, groups) in fold.sides() {
                let counts = (0..collection.labels.len()).map(|l| {
                    let of = |g: &String| present.get(g).map_or(0, |c| c[l]);
                    let cells: usize = groups.iter().map(of).sum();
                    let name = &collection.labels.names()[l];
                    match fold.unit {
                        SplitUnit::Subject => {
                            let subjects = groups.iter().filter(|g| of(g) > 0).count();
                            format!("{cells} {name} of {subjects}")
                        }
                        SplitUnit::Image => format!("{cells} {name}"),
                    }
                });
                let counts: Vec<String> = counts.collect();
                let named = match fold.unit {
                    SplitUnit::Subject => format!(" ({})", groups.join(" ")),
                    SplitUnit::Image => String::new(),
                };
                lines.push(format!("fold {k} {side}: {}{named}", counts.join(", ")));
            }
        }
        lines
    }

    /// Hex sha256 of the folds.
    pub(crate) fn fingerprint(&self) -> String {
        let text = |fold: &Fold| {
            let [test, validation, train] = fold.sides().map(|(side, units)| format!("{side}: {units:?}"));
            let unit = match fold.unit {
                SplitUnit::Subject => "",
                SplitUnit::Image => ", unit: image",
            };
            format!("Fold {{ {test}, {validation}, {train}{unit} }}")
        };
        let folds: Vec<String> = self.folds.iter().map(text).collect();
        sha256_hex(format!("[{}]", folds.join(", ")).as_bytes())
    }

    /// Writes the file.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| Error::with_source(ErrorKind::Split, "cannot write the split", e))?;
        durable_file::write(path, (text + "\n").as_bytes())
    }

    /// Reads the file and checks it against the data: see [`Split::check`].
    pub(crate) fn read(path: &Path, collection: &Collection) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let refuse = |why: String| Error::new(ErrorKind::Split, format!("{}: {why}", path.display()));
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
        let remedy = "make a new one with `blastscope-train split`";
        let Version { version } = serde_json::from_slice(&bytes)
            .map_err(|e| refuse(format!("not a split file ({e}): {remedy}")).caused_by(e))?;
        if version != VERSION {
            return Err(refuse(format!(
                "split version {version}: this program reads version {VERSION}; update it, or {remedy}"
            )));
        }
        let split: Self = serde_json::from_slice(&bytes)
            .map_err(|e| refuse(format!("not a valid split file ({e}): {remedy}")).caused_by(e))?;
        split
            .check(collection)
            .map_err(|e| refuse(format!("{e}; {remedy}")).caused_by(e))?;
        Ok(split)
    }

    /// True where every fold tests the same cells.
    pub(crate) fn has_holdout(&self) -> bool {
        self.holdout > 0.0
    }

    /// What the sides of its folds name.
    pub(crate) fn unit(&self) -> SplitUnit {
        self.folds.first().map_or(SplitUnit::Subject, |f| f.unit)
    }

    /// Refuses a split that names subjects absent from the data or leaves some of them out, has a group
    /// on two sides of a fold or in two tests (with a hold-out: in two validations, or another test than
    /// the first fold), or a side without one of the labels.
    pub(crate) fn check(&self, collection: &Collection) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::new(ErrorKind::Split, why));
        let unit = self.unit();
        if let Some(k) = self.folds.iter().position(|f| f.unit != unit) {
            return refuse(format!("fold {k} is of another unit than fold 0"));
        }
        let (present, what) = match unit {
            SplitUnit::Subject => (collection.groups(), "subjects"),
            SplitUnit::Image => (collection.units(unit), "pictures"),
        };
        let named: BTreeSet<&String> = self
            .folds
            .iter()
            .flat_map(Fold::sides)
            .flat_map(|(_, side)| side)
            .chain(self.groups.keys())
            .collect();
        let list = |names: Vec<&String>| {
            const SHOWN: usize = 60;
            let more = names.len().saturating_sub(SHOWN);
            let names: Vec<&str> = names.into_iter().take(SHOWN).map(String::as_str).collect();
            match more {
                0 => names.join(", "),
                _ => format!("{} and {more} more", names.join(", ")),
            }
        };
        let absent: Vec<&String> = named
            .iter()
            .copied()
            .filter(|g| !present.contains_key(*g))
            .collect();
        if !absent.is_empty() {
            return refuse(format!(
                "names {what} that {} does not hold: {}",
                collection.root.display(),
                list(absent)
            ));
        }
        let mut tested: BTreeMap<&String, usize> = BTreeMap::new();
        for (k, fold) in self.folds.iter().enumerate() {
            let mut seen: BTreeMap<&String, &str> = BTreeMap::new();
            for (side, groups) in fold.sides() {
                for group in groups {
                    if let Some(other) = seen.insert(group, side) {
                        return refuse(format!("fold {k} has {group} under {other} and under {side}"));
                    }
                }
                let lacking = (0..collection.labels.len())
                    .find(|l| groups.iter().all(|g| present.get(g).is_none_or(|c| c[*l] == 0)));
                if let Some(label) = lacking {
                    let label = &collection.labels.names()[label];
                    return refuse(format!("fold {k} has no {label:?} under {side}"));
                }
            }
            let missing: Vec<&String> = present.keys().filter(|g| !seen.contains_key(g)).collect();
            if !missing.is_empty() {
                return refuse(format!("fold {k} leaves out {}", list(missing)));
            }
            if self.has_holdout() && fold.test != self.folds[0].test {
                return refuse(format!(
                    "fold {k} tests others than fold 0, and all test the hold-out"
                ));
            }
            let (left_out, done) = if self.has_holdout() {
                (&fold.validation, "validated")
            } else {
                (&fold.test, "tested")
            };
            for group in left_out {
                if let Some(other) = tested.insert(group, k) {
                    return refuse(format!("{group} is {done} in fold {other} and in fold {k}"));
                }
            }
        }
        if self.folds.is_empty() {
            return refuse("has no folds".into());
        }
        Ok(())
    }
}
