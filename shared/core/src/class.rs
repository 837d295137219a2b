//! Cell classes and label sets.

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// What a label stands for on a slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The leukaemic blast, whose probability is reported; counted among the white cells.
    Blast,
    /// A white cell that is counted: one of the 100 of a differential.
    WhiteCell,
    /// A nucleated cell that is reported beside the white cells, per 100 of them: the erythroblast.
    Beside,
    /// No cell: platelets, dirt, stain.
    NoCell,
}

impl Role {
    /// Whether a cell of this role is one of the white cells of a differential.
    pub fn is_counted(self) -> bool {
        matches!(self, Self::Blast | Self::WhiteCell)
    }
}

/// The role of each label of a set, in its order: exactly one blast, and a counted white cell or more beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// The roles of `labels` by name. Refuses a label without a role, a role of no label, and any number of blasts but
    /// one; each with what to do.
    pub fn new(labels: &LabelSet, roles: &BTreeMap<String, Role>) -> Result<Self, Error> {
        let range = |m: String| Error::new(ErrorKind::Range, m);
        if let Some(stray) = roles.keys().find(|name| labels.index_of(name).is_none()) {
            let known = labels.names().join(", ");
            return Err(range(format!(
                "a role is stated for {stray:?}, which is no label: the labels are {known}"
            )));
        }
        let of = |name: &String| {
            roles.get(name).copied().ok_or_else(|| {
                range(format!(
                    "label {name:?} has no role: state blast, white_cell, beside or no_cell"
                ))
            })
        };
        let roles = labels.names().iter().map(of).collect::<Result<Vec<_>, _>>()?;
        match roles.iter().filter(|r| **r == Role::Blast).count() {
            0 => return Err(range("no label has the role blast: state it for one".into())),
            1 => {}
            n => {
                return Err(range(format!(
                    "{n} labels have the role blast: state it for one only"
                )));
            }
        }
        if !roles.contains(&Role::WhiteCell) {
            let message = "no label has the role white_cell: nothing could be told from a blast; state one";
            return Err(range(message.into()));
        }
        Ok(Self(roles))
    }

    /// Those of a package of two labels that states none: format 1 says that its first label is the blast.
    pub fn of_pair() -> Self {
        Self(vec![Role::Blast, Role::WhiteCell])
    }

    /// Those of labels of which none is stated, as slides were counted before there were roles: the first is the blast, all
    /// others are white cells.
    pub fn unstated(labels: &LabelSet) -> Self {
        let role = |i| if i == 0 { Role::Blast } else { Role::WhiteCell };
        Self((0..labels.len()).map(role).collect())
    }

    /// By the names of the labels, as [`Roles::new`] takes them.
    pub fn by_name(&self, labels: &LabelSet) -> BTreeMap<String, Role> {
        labels
            .names()
            .iter()
            .cloned()
            .zip(self.0.iter().copied())
            .collect()
    }

    /// Index of the blast's label.
    pub fn blast(&self) -> usize {
        self.0.iter().position(|r| *r == Role::Blast).unwrap_or(0)
    }

    /// The role of a label.
    pub fn role(&self, index: usize) -> Option<Role> {
        self.0.get(index).copied()
    }

    /// All, in the order of the labels.
    pub fn all(&self) -> &[Role] {
        &self.0
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

    #[test]
    fn every_label_has_a_role_and_one_is_the_blast() {
        let labels = LabelSet::new(["lymphocyte", "blast", "dirt"].map(String::from).to_vec()).unwrap();
        let roles = |of: &[(&str, Role)]| {
            Roles::new(&labels, &of.iter().map(|(n, r)| ((*n).to_owned(), *r)).collect())
        };
        let lymphocyte = ("lymphocyte", Role::WhiteCell);
        let (blast, dirt) = (("blast", Role::Blast), ("dirt", Role::NoCell));
        let sound = roles(&[lymphocyte, blast, dirt]).unwrap();
        assert_eq!((sound.blast(), sound.role(2)), (1, Some(Role::NoCell)));
        assert_eq!(Roles::new(&labels, &sound.by_name(&labels)).unwrap(), sound);
        let unstated = Roles::unstated(&labels);
        assert_eq!(unstated.all(), [Role::Blast, Role::WhiteCell, Role::WhiteCell]);
        for (bad, why) in [
            (vec![lymphocyte, blast], "\"dirt\" has no role"),
            (vec![lymphocyte, blast, dirt, ("cell", Role::Beside)], "no label"),
            (vec![lymphocyte, ("blast", Role::Beside), dirt], "role blast"),
            (vec![("lymphocyte", Role::Blast), blast, dirt], "one only"),
            (vec![("lymphocyte", Role::Beside), blast, dirt], "white_cell"),
        ] {
            let e = roles(&bad).unwrap_err();
            assert!(e.to_string().contains(why), "{e}");
        }
    }
}
