use std::fmt;
use std::path::Path;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, in one of few kinds that callers can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A network that cannot be: shapes that do not fit, a name that stands twice.
    Graph,
    /// A network of an unknown name, or with unknown options.
    Unknown,
    /// Weights that are not those of the network.
    Weights,
    /// A file that cannot be read.
    File,
    /// An operation that has no int8 form.
    Unsupported,
    /// Cells that do not fit the network, or too few of them.
    Cells,
    /// The arithmetic that quantisation was given refused.
    Arithmetic,
}

/// An error of this crate: the kind, what and where, what to do, and the error behind it where there is one.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    #[source]
    source: Option<Source>,
}

impl Error {
    /// An error of `kind` with a message that names the thing, the place and the remedy.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// The same with the error behind it, which the message does not repeat.
    pub fn with_source(kind: ErrorKind, message: impl Into<String>, source: impl Into<Source>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: Some(source.into()),
        }
    }

    /// The kind, for callers that decide by it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The same error with the place, such as a file, before its message.
    pub fn within(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    pub(crate) fn unreadable(path: &Path, source: std::io::Error) -> Self {
        Self::with_source(
            ErrorKind::File,
            format!(
                "cannot read {}: check the path and its permissions",
                path.display()
            ),
            source,
        )
    }
}
