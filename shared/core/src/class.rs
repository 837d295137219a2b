//! Cell classes and label sets.

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// What a cell is called when the network is not sure enough.
pub const UNIDENTIFIED: &str = "unidentified";

/// The labels of a network in the order of its outputs: two or more, distinct, short.
/// The first label is the one whose probability is reported (`all`, the blast, in C-NMC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct LabelSet(Vec<String>);

impl LabelSet {
    /// Refuses fewer than 2 or more than 64 labels, repeats, and names that are not `[a-z0-9_-]{1,32}`.
    pub fn new(labels: Vec<String>) -> Result<Self, Error> {
        let range = |m: String| Err(Error::new(ErrorKind::Range, m));
        if !(2..=64).contains(&labels.len()) {
            return range(format!(
                "a label set has 2 to 64 labels, this one has {}",
                labels.len()
            ));
        }
        for (i, label) in labels.iter().enumerate() {
            let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_' || c == b'-';
            if label.is_empty() || label.len() > 32 || !label.bytes().all(plain) {
                return range(format!("label {label:?}: use 1 to 32 of a-z, 0-9, '_' and '-'"));
            }
            if label == UNIDENTIFIED {
                return range(format!("label {label:?} is kept for cells that no label fits"));
            }
            if labels[..i].contains(label) {
                return range(format!("label {label:?} stands twice"));
            }
        }
        Ok(Self(labels))
    }

    /// C-NMC: lymphoblast (`all`) against normal lymphoid cell (`hem`).
    pub fn lymphoblast() -> Self {
        Self(vec!["all".into(), "hem".into()])
    }

    /// Number of labels, at least 2.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Name of the label at an output of the network.
    pub fn name(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(String::as_str)
    }

    /// Output of the network that stands for a name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|l| l == name)
    }

    /// All names in order.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for LabelSet {
    type Error = Error;

    fn try_from(labels: Vec<String>) -> Result<Self, Error> {
        Self::new(labels)
    }
}

impl From<LabelSet> for Vec<String> {
    fn from(set: LabelSet) -> Self {
        set.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_set_refuses_repeats_single_labels_and_the_reserved_name() {
        let set = |l: &[&str]| LabelSet::new(l.iter().map(ToString::to_string).collect());
        assert!(set(&["all", "hem"]).is_ok());
        for bad in [
            &["all"][..],
            &["all", "all"],
            &["all", "unidentified"],
            &["all", ""],
            &["a b", "c"],
        ] {
            assert_eq!(set(bad).unwrap_err().kind(), ErrorKind::Range, "{bad:?}");
        }
    }
}
