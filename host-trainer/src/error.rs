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
    /// Cells that do not fit the network, or too few of them.
    Cells,
    /// tract refused, or gave outputs that it must not give.
    Inference,
    /// A signing key that is missing, unreadable or in the way.
    Key,
    /// A model package that cannot be.
    Package,
    /// The store of runs is damaged, foreign or cannot be written.
    Store,
    /// A grid that names no points, or points that cannot be run.
    Grid,
    /// Jobs cannot be launched: an unknown launcher, a program that is absent, a scheduler that refuses.
    Launcher,
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

type Source = Box<dyn std::error::Error + Send + Sync>;

/// An error of this crate: the kind, what and where, what to do, and the error behind it where there is one.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Repr);

/// The crate's own errors, and those of others that say all themselves.
#[derive(Debug, thiserror::Error)]
enum Repr {
    #[error("{message}")]
    Own {
        kind: ErrorKind,
        message: String,
        #[source]
        source: Option<Source>,
    },
    #[error(transparent)]
    Network(blastscope_network::Error),
    #[error(transparent)]
    Inference(blastscope_inference::Error),
    #[error(transparent)]
    Shared(blastscope_shared::Error),
}

impl Error {
    /// An error of `kind` with a message that names the thing, the place and the remedy.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Repr::Own {
            kind,
            message: message.into(),
            source: None,
        })
    }

    /// The same with the error behind it, which the message does not repeat.
    pub fn because(kind: ErrorKind, message: impl Into<String>, source: impl Into<Source>) -> Self {
        Self(Repr::Own {
            kind,
            message: message.into(),
            source: Some(source.into()),
        })
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
        match &self.0 {
            Repr::Own { kind, .. } => *kind,
            Repr::Network(e) => match e.kind() {
                blastscope_network::ErrorKind::File => ErrorKind::Io,
                blastscope_network::ErrorKind::Arithmetic => ErrorKind::Torch,
                blastscope_network::ErrorKind::Cells => ErrorKind::Cells,
                _ => ErrorKind::Network,
            },
            Repr::Inference(_) => ErrorKind::Inference,
            Repr::Shared(_) => ErrorKind::Shared,
        }
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

impl From<blastscope_network::Error> for Error {
    fn from(e: blastscope_network::Error) -> Self {
        Self(Repr::Network(e))
    }
}

impl From<blastscope_inference::Error> for Error {
    fn from(e: blastscope_inference::Error) -> Self {
        Self(Repr::Inference(e))
    }
}

impl From<blastscope_shared::Error> for Error {
    fn from(e: blastscope_shared::Error) -> Self {
        Self(Repr::Shared(e))
    }
}
