use super::split_plan::is_zero;
use super::{Collection, SplitPlan, SplitUnit};
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::package::sha256_hex;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The version of split files that this code reads and writes.
const VERSION: u32 = 1;

/// Subject groups of one fold, or its pictures; each stands on one side only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// Touched once, by `evaluate`.
    pub test: Vec<String>,
    /// For early stopping and calibration.
    pub validation: Vec<String>,
    /// For training.
    pub train: Vec<String>,
    /// What the sides name: subject groups, or files.
    #[serde(default, skip_serializing_if = "SplitUnit::is_subject")]
    pub unit: SplitUnit,
}

/// Subject groups that a fold tests, and those of them that it also learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedSubjects {
    /// Groups with cells under test.
    pub tested: usize,
    /// Of these, groups with cells under train or validation.
    pub shared: usize,
}

/// A file that says which subject groups, or which pictures, train, validate and test in each fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
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

impl Fold {
    /// Everything trains: for a release.
    pub fn everything(collection: &Collection) -> Self {
        let unit = match collection.has_subjects {
            true => SplitUnit::Subject,
            false => SplitUnit::Image,
        };
        Self {
            train: collection.units(unit).into_keys().collect(),
            unit,
            ..Self::default()
        }
    }

    /// How many subjects are tested and also learnt from: none in a split by subject, `None` where the data
    /// name no subjects.
    pub fn shared_subjects(&self, collection: &Collection) -> Option<SharedSubjects> {
        if !collection.has_subjects {
            return None;
        }
        let groups_of = |sides: &[&[String]]| -> BTreeSet<&str> {
            let named: BTreeSet<&str> = sides.iter().copied().flatten().map(String::as_str).collect();
            let cells = collection.cells.iter();
            let on_side = cells.filter(|c| match self.unit {
                SplitUnit::Subject => named.contains(c.group.as_str()),
                SplitUnit::Image => named.contains(c.file.as_str()),
            });
            on_side.map(|c| c.group.as_str()).collect()
        };
        let tested = groups_of(&[&self.test]);
        let learnt = groups_of(&[&self.train, &self.validation]);
        Some(SharedSubjects {
            tested: tested.len(),
            shared: tested.intersection(&learnt).count(),
        })
    }

    fn sides(&self) -> [(&'static str, &[String]); 3] {
        [
            ("test", &self.test),
            ("validation", &self.validation),
            ("train", &self.train),
        ]
    }
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
    pub fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// One fold; names the possible numbers when there is no such fold.
    pub fn fold(&self, number: usize) -> Result<&Fold, Error> {
        self.folds.get(number).ok_or_else(|| {
            let last = self.folds.len().saturating_sub(1);
            Error::new(
                ErrorKind::Split,
                format!("there is no fold {number}: the split has folds 0 to {last}"),
            )
        })
    }

    /// The folds in words: cells and groups of each label on each side, a line a side.
    pub fn describe(&self, collection: &Collection) -> Vec<String> {
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
    pub fn fingerprint(&self) -> String {
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
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| Error::because(ErrorKind::Split, "cannot write the split", e))?;
        durable_file::write(path, (text + "\n").as_bytes())
    }

    /// Reads the file and checks it against the data: see [`Split::check`].
    pub fn read(path: &Path, collection: &Collection) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let refuse = |why: String| Error::new(ErrorKind::Split, format!("{}: {why}", path.display()));
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
        let remedy = "make a new one with `blastscope-train split`";
        let Version { version } = serde_json::from_slice(&bytes)
            .map_err(|e| refuse(format!("is no split file ({e}): {remedy}")))?;
        if version != VERSION {
            return Err(refuse(format!(
                "split version {version}: this program reads version {VERSION}; update it, or {remedy}"
            )));
        }
        let split: Self = serde_json::from_slice(&bytes)
            .map_err(|e| refuse(format!("is no sound split file ({e}): {remedy}")))?;
        split
            .check(collection)
            .map_err(|e| refuse(format!("{e}; {remedy}")))?;
        Ok(split)
    }

    /// True where every fold tests the same cells.
    pub fn has_holdout(&self) -> bool {
        self.holdout > 0.0
    }

    /// What the sides of its folds name.
    pub fn unit(&self) -> SplitUnit {
        self.folds.first().map_or(SplitUnit::Subject, |f| f.unit)
    }

    /// Refuses a split that names subjects absent from the data or leaves some of them out, has a group
    /// on two sides of a fold or in two tests (with a hold-out: in two validations, or another test than
    /// the first fold), or a side without one of the labels.
    pub fn check(&self, collection: &Collection) -> Result<(), Error> {
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
            let (left_out, done) = match self.has_holdout() {
                true => (&fold.validation, "validated"),
                false => (&fold.test, "tested"),
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
