use std::path::Path;

/// What went wrong, in one of few kinds that callers can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A data folder or index that does not say what it should.
    Data,
    /// A picture that cannot be read or is out of range.
    Picture,
    /// A split file that does not fit itself or the data.
    Split,
    /// A recipe with an unknown or impossible value.
    Recipe,
    /// A run folder that belongs to something else, is in use, or is damaged.
    Run,
    /// A network or its weights do not fit.
    Network,
    /// The file system refused.
    Io,
    /// Training gave numbers that are none.
    Diverged,
    /// The GPU has too little memory.
    Memory,
    /// libtorch refused.
    Torch,
    /// Another part of the format or of the numbers is out of range (see `blastscope_shared`).
    Shared,
}

/// An error of this crate: the kind, what and where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
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

    /// The same with the error behind it.
    pub fn because(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            source: Some(Box::new(source)),
        }
    }

    /// A refusal of the file system: `action` is a verb, as in "cannot {read} {path}".
    pub fn io(action: &str, path: &Path, source: std::io::Error) -> Self {
        Self::because(
            ErrorKind::Io,
            format!(
                "cannot {action} {}: check the path, its permissions and the free space",
                path.display()
            ),
            source,
        )
    }

    /// The kind, for callers that decide by it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl From<tch::TchError> for Error {
    fn from(e: tch::TchError) -> Self {
        Self::because(
            ErrorKind::Torch,
            "libtorch refused: with too little memory, lower the batch size",
            e,
        )
    }
}

impl From<blastscope_shared::Error> for Error {
    fn from(e: blastscope_shared::Error) -> Self {
        Self::new(ErrorKind::Shared, e.to_string())
    }
}

impl From<crate::network::Error> for Error {
    fn from(e: crate::network::Error) -> Self {
        let kind = match e.kind() {
            crate::network::ErrorKind::File => ErrorKind::Io,
            crate::network::ErrorKind::Torch => ErrorKind::Torch,
            _ => ErrorKind::Network,
        };
        Self::new(kind, e.to_string())
    }
}
