//! What a classifier calls the cells of subjects and sources that it was not trained on.

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the cells of one label of one subject were called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectCalls {
    /// The laboratory, with its stain and its microscope.
    pub source: String,
    /// The subject; for a source that names none, one of all its cells.
    pub subject: String,
    /// Index of what the cells are.
    pub label: usize,
    /// Cells called each label, in the order of the labels, then the unidentified.
    pub called: Vec<u64>,
}

/// The confusion matrix of a classifier, apart by subject and source, so that both count as errors of its own: a new
/// laboratory is a new source. Measured on cells that it was not trained on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MeasuredErrors {
    rows: Vec<SubjectCalls>,
}

impl MeasuredErrors {
    /// Of these rows; refuses what [`MeasuredErrors::check`] refuses.
    pub fn new(rows: Vec<SubjectCalls>, labels: usize) -> Result<Self, Error> {
        let errors = Self { rows };
        errors.check(labels)?;
        Ok(errors)
    }

    /// All rows.
    pub fn rows(&self) -> &[SubjectCalls] {
        &self.rows
    }

    /// Refuses rows of other than `labels` labels and the unidentified, and two of one subject and label.
    pub fn check(&self, labels: usize) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        for row in &self.rows {
            let fits = row.label < labels && row.called.len() == labels + 1;
            if !fits || !seen.insert((&row.source, &row.subject, row.label)) {
                let message = format!(
                    "errors of subject {:?} of {:?}: each label of a subject has one row of {} counts; export the model \
                     again",
                    row.subject,
                    row.source,
                    labels + 1
                );
                return Err(Error::new(ErrorKind::Range, message));
            }
        }
        Ok(())
    }
}
