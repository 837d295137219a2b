use std::fmt;

/// What went wrong, in one of few kinds that callers can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A network that cannot be: shapes that do not fit, a name that stands twice.
    Graph,
    /// A network of an unknown name, or with unknown options.
    Unknown,
    /// Weights that are not those of the network.
    Weights,
    /// A file that cannot be read or written.
    File,
    /// An operation that a precision does not have.
    Unsupported,
    /// Cells that do not fit the network, or too few of them.
    Cells,
    /// libtorch refused.
    Torch,
    /// tract refused, or gave outputs that it must not give.
    Inference,
    /// A signing key that is missing, unreadable or in the way.
    Key,
    /// A model package that cannot be.
    Package,
}

/// An error of the networks, their quantisation and export: the kind, the place and the remedy.
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

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        // libtorch appends a C++ stack; its first line says what is wrong.
        let text = error.to_string();
        let first = text.lines().next().unwrap_or("libtorch failed");
        Self::new(ErrorKind::Torch, first)
    }
}

impl From<blastscope_shared::Error> for Error {
    fn from(error: blastscope_shared::Error) -> Self {
        Self::new(ErrorKind::Package, error.to_string())
    }
}

impl From<crate::Error> for Error {
    /// The files of this module are its own.
    fn from(error: crate::Error) -> Self {
        let cause = std::error::Error::source(&error).map_or(String::new(), |s| format!(" ({s})"));
        Self::new(ErrorKind::File, format!("{error}{cause}"))
    }
}
