//! From what the data say of a cell to the labels that it may have.

use super::sources::Source;
use crate::nearest::nearest;
use blastscope_shared::class::LabelSet;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A label, or several of which the cell has one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum LabelNames {
    One(String),
    OneOf(Vec<String>),
}

/// The label of a cell by its number, or those of which it has one; never empty, ascending.
pub(super) type Candidates = Vec<usize>;

/// The labels of a source by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LabelRule {
    /// Of each value of a whole picture.
    pub of_value: BTreeMap<String, Candidates>,
    /// Of each class of boxes.
    pub of_class: BTreeMap<u32, Candidates>,
    /// Of found cells that touch no labelled box.
    pub unmatched: Option<Candidates>,
    /// Of boxes that are cut as ellipses.
    pub ellipse: Option<Candidates>,
}

impl LabelRule {
    /// Refuses labels that the set does not have, and classes that are no numbers.
    pub(super) fn new(source: &Source, labels: &LabelSet) -> Result<Self, String> {
        let of = |names: &LabelNames| names.candidates(labels);
        let class = |text: &str| {
            text.parse::<u32>()
                .map_err(|_| format!("box_labels: class {text:?} is not a whole number"))
        };
        let of_value = source.labels.iter().map(|(value, n)| Ok((value.clone(), of(n)?)));
        let of_class = source.box_labels.iter().map(|(c, n)| Ok((class(c)?, of(n)?)));
        Ok(Self {
            of_value: of_value.collect::<Result<_, String>>()?,
            of_class: of_class.collect::<Result<_, String>>()?,
            unmatched: source.unmatched.as_ref().map(of).transpose()?,
            ellipse: source.ellipses.as_ref().map(|e| of(&e.label)).transpose()?,
        })
    }
}

impl LabelNames {
    fn candidates(&self, labels: &LabelSet) -> Result<Candidates, String> {
        let names = match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::OneOf(names) => names,
        };
        let number = |name: &String| {
            labels.index_of(name).ok_or_else(|| {
                let known = labels.names().iter().map(String::as_str);
                let near = nearest(name, known).unwrap_or_default();
                format!("label {name:?} is not in [labels]; the nearest one is {near:?}")
            })
        };
        let mut numbers = names.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() {
            return Err("an empty list of labels: name at least one".into());
        }
        Ok(numbers)
    }
}
