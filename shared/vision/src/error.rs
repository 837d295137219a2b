use std::error::Error as StdError;
use std::fmt;
use std::path::Path;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, in one of few kinds that callers can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A picture cannot be read, or shows what it should not.
    Picture,
    /// An argument is out of range.
    Request,
}

/// A picture that cannot be read, or does not show what it should. The message names the thing, the place and the
/// remedy and may be shown to anybody; the source is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with its outer message.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// An error about a file: `PATH: message`.
    pub(crate) fn at(kind: ErrorKind, path: &Path, message: impl fmt::Display) -> Self {
        Self::new(kind, format!("{}: {message}", path.display()))
    }

    /// The same error with its inner cause.
    #[must_use]
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind, for callers that decide by it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The inner cause, for an error of another crate that takes this one's place.
    pub fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.source
    }
}

impl From<blastscope_shared::Error> for Error {
    fn from(e: blastscope_shared::Error) -> Self {
        // It has no cause of its own: all it knows is in its message.
        Self::new(ErrorKind::Picture, e.to_string())
    }
}
