//! From what the data say of a cell to the labels that it may have.

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

/// The labels of a source by their names.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedLabels<'a> {
    pub of_value: &'a BTreeMap<String, LabelNames>,
    pub of_class: &'a BTreeMap<String, LabelNames>,
    pub unmatched: Option<&'a LabelNames>,
    pub ellipse: Option<&'a LabelNames>,
}

impl LabelRule {
    /// Refuses labels that the set does not have, and classes that are no numbers.
    pub(super) fn new(named: NamedLabels<'_>, labels: &LabelSet) -> Result<Self, String> {
        let of = |names: &LabelNames| names.candidates(labels);
        let class = |text: &str| {
            text.parse::<u32>()
                .map_err(|_| format!("box_labels: class {text:?} is not a whole number"))
        };
        let of_value = named.of_value.iter();
        let of_class = named.of_class.iter();
        Ok(Self {
            of_value: of_value
                .map(|(value, n)| Ok((value.clone(), of(n)?)))
                .collect::<Result<_, String>>()?,
            of_class: of_class
                .map(|(c, n)| Ok((class(c)?, of(n)?)))
                .collect::<Result<_, String>>()?,
            unmatched: named.unmatched.map(of).transpose()?,
            ellipse: named.ellipse.map(of).transpose()?,
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
