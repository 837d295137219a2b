use std::fmt;

/// What went wrong, in one of few kinds that callers can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bytes are not what they claim to be.
    Malformed,
    /// Signed by nobody that is trusted, or changed after signing.
    Untrusted,
    /// Written by a newer or unknown version.
    Version,
    /// A size or number outside its stated range.
    Range,
    /// The network does not give the outputs that its package promises.
    GoldenMismatch,
}

/// An error of this crate: the kind, what and where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    /// An error of `kind` with a message that names the thing, the place and the remedy.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The kind, for callers that decide by it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
