//! What an import did, for a person.

use super::plan::Plan;
use std::fmt;
use std::path::{Path, PathBuf};

/// What was loaded from a file and what was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The file.
    pub path: PathBuf,
    /// How it fitted.
    pub plan: Plan,
    /// Numbers loaded.
    pub values: usize,
}

impl ImportReport {
    pub(super) fn new(path: &Path, plan: Plan, values: usize) -> Self {
        Self {
            path: path.to_owned(),
            plan,
            values,
        }
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = &self.plan;
        write!(
            f,
            "{}: {} tensors of {} numbers loaded, names of {}",
            self.path.display(),
            plan.pairs.len(),
            self.values,
            plan.dialect.library()
        )?;
        let extras = plan.extras.iter().map(|(what, names)| {
            let count = names.len();
            (format!("left out, {what} ({count})"), vec![])
        });
        let lists = [
            ("classifier left fresh", &plan.fresh),
            ("classifier of the file left out", &plan.classifier),
            ("not in the file, left fresh", &plan.missing),
            ("not in the network, left out", &plan.unknown),
            ("of another size, left out", &plan.misshapen),
        ]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| (what.to_owned(), names.clone()));
        for (what, names) in extras.chain(lists) {
            write!(f, "\n  {what}")?;
            if !names.is_empty() {
                write!(f, " ({}): {}", names.len(), names.join(", "))?;
            }
        }
        Ok(())
    }
}
