use super::{Kind, Member};
use crate::{Error, ErrorKind};
use std::collections::BTreeSet;

/// Refuses members that do not belong together: given twice, of other labels or data, tested on other
/// subjects, or, where the learning rate alone may differ, of another recipe.
pub(super) fn check_members(members: &[Member], kind: Kind) -> Result<(), Error> {
    let Some((first, others)) = members.split_first() else {
        return Err(Error::new(ErrorKind::Run, "no members: give two runs or more"));
    };
    if others.is_empty() {
        return Err(Error::new(
            ErrorKind::Run,
            "one member is not an ensemble: give two runs or more",
        ));
    }
    let mut seen = BTreeSet::new();
    for member in members {
        if !seen.insert(&member.sha256) {
            return Err(refuse(
                member,
                "has the same weights as another member: give each run once",
            ));
        }
    }
    for other in others {
        let (a, b) = (&first.description, &other.description);
        let beside = first.folder.display();
        if a.labels != b.labels {
            let names = |l: &blastscope_shared::class::LabelSet| l.names().join(", ");
            return Err(refuse(
                other,
                &format!(
                    "has the labels {}, {beside} has {}: give runs of the same labels in the same order",
                    names(&b.labels),
                    names(&a.labels)
                ),
            ));
        }
        // At another input size the same cells have another fingerprint; their names are compared below.
        if first.recipe.input == other.recipe.input && a.data != b.data {
            return Err(refuse(
                other,
                &format!(
                    "was trained on other data than {beside} (or with another --limit): give runs of the same data"
                ),
            ));
        }
        if a.subjects.unit != b.subjects.unit || sorted(&a.subjects.test) != sorted(&b.subjects.test) {
            return Err(refuse(
                other,
                &format!(
                    "tests other subjects than {beside}, which the other one may have learnt from: give runs with one \
                     test for all, as split.holdout (or one --split and --fold) makes them"
                ),
            ));
        }
        let mut alike = other.recipe.clone();
        alike.optimisation.learning_rate = first.recipe.optimisation.learning_rate;
        let differences = first.recipe.differences(&alike);
        if kind != Kind::Members && !differences.is_empty() {
            return Err(refuse(
                other,
                &format!(
                    "differs from {beside} in more than the learning rate ({}): give --kind members to mix them",
                    differences.join(", ")
                ),
            ));
        }
    }
    Ok(())
}

fn sorted(names: &[String]) -> BTreeSet<&String> {
    names.iter().collect()
}

fn refuse(member: &Member, why: &str) -> Error {
    Error::new(ErrorKind::Run, format!("{} {why}", member.folder.display()))
}
