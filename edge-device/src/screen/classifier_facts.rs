use crate::Result;
use blastscope_inference::Classifier;
use blastscope_shared::class::{LabelSet, Roles};
use blastscope_shared::metrics::{MeasuredErrors, Performance};

/// What is known of the classifier that called the cells of a slide.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierFacts {
    /// Its labels.
    pub labels: LabelSet,
    /// The role of each of them.
    pub roles: Roles,
    /// How often it errs as to the blast, if known.
    pub performance: Option<Performance>,
    /// What it calls the cells of subjects and sources that it was not trained on, if known. Goes before `performance`.
    pub errors: Option<MeasuredErrors>,
}

impl ClassifierFacts {
    /// Those of a classifier; refuses one that cannot tell which cells are blasts. `what` names the work that needs that.
    pub fn of(classifier: &Classifier, what: &str) -> Result<Self> {
        Ok(Self {
            roles: classifier.must_judge_cells(what)?.clone(),
            labels: classifier.labels().clone(),
            performance: classifier.performance(),
            errors: classifier.errors().cloned(),
        })
    }

    /// Those of labels alone, as slides were kept before labels had roles: the first is the blast, all others are white
    /// cells, and nothing is known of errors.
    pub fn of_labels(labels: LabelSet) -> Self {
        Self {
            roles: Roles::unstated(&labels),
            labels,
            performance: None,
            errors: None,
        }
    }
}
