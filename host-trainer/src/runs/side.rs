use serde::{Deserialize, Serialize};

/// Which cells a figure was measured on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// Those that decide.
    #[default]
    Validation,
    /// Those that are looked at once, at the end.
    Test,
}

impl Side {
    /// As on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}
