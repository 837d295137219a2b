use serde::{Deserialize, Serialize};

/// What a recipe follows, and where it could not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Paper {
    /// The paper, as a list of references names it; empty for a recipe of our own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// What the paper says it reaches.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub claims: String,
    /// Each point on which the paper is silent or contradicts itself, with what was chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
}

impl Paper {
    /// True for a recipe of our own.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
