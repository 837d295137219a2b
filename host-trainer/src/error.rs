use std::fmt;
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

/// An error of this crate: the kind, what and where, and what to do.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Source>,
}

type Boxed = Box<dyn std::error::Error + Send + Sync>;

/// The error behind an error.
#[derive(Debug)]
enum Source {
    /// Its message is to be shown after ours.
    Behind(Boxed),
    /// Our message holds its own already: whoever prints the chain goes on with what is behind it.
    Told(Boxed),
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

    /// The same with the error behind it, whose message is shown after this one.
    pub fn with_source(kind: ErrorKind, message: impl Into<String>, source: impl Into<Boxed>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: Some(Source::Behind(source.into())),
        }
    }

    /// The same error, of which `cause` is the cause that the message tells already.
    pub fn caused_by(mut self, cause: impl Into<Boxed>) -> Self {
        self.source = Some(Source::Told(cause.into()));
        self
    }

    /// An error of another crate as it is, with a kind of ours.
    pub fn of(kind: ErrorKind, foreign: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(kind, foreign.to_string()).caused_by(foreign)
    }

    /// A refusal of the file system: `action` is a verb, as in "cannot {read} {path}".
    pub fn io(action: &str, path: &Path, source: std::io::Error) -> Self {
        Self::with_source(
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

    /// The error of another crate that this one comes from, whether or not its message is in ours.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Some(Source::Behind(e) | Source::Told(e)) => Some(&**e),
            None => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Some(Source::Behind(e)) => Some(&**e),
            Some(Source::Told(e)) => e.source(),
            None => None,
        }
    }
}

impl From<tch::TchError> for Error {
    fn from(e: tch::TchError) -> Self {
        Self::with_source(
            ErrorKind::Torch,
            "libtorch refused: with too little memory, lower the batch size",
            e,
        )
    }
}

impl From<blastscope_shared::Error> for Error {
    fn from(e: blastscope_shared::Error) -> Self {
        Self::of(ErrorKind::Shared, e)
    }
}

impl From<blastscope_inference::Error> for Error {
    fn from(e: blastscope_inference::Error) -> Self {
        Self::of(ErrorKind::Inference, e)
    }
}

impl From<blastscope_network::Error> for Error {
    fn from(e: blastscope_network::Error) -> Self {
        let kind = match e.kind() {
            blastscope_network::ErrorKind::File => ErrorKind::Io,
            blastscope_network::ErrorKind::Arithmetic => ErrorKind::Torch,
            blastscope_network::ErrorKind::Cells => ErrorKind::Cells,
            _ => ErrorKind::Network,
        };
        Self::of(kind, e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn a_cause_is_kept_and_its_message_is_shown_once() {
        let lock = || std::io::Error::other("locked");
        let behind = Error::io("read", Path::new("a.json"), lock());
        assert!(behind.source().is_some_and(|s| s.to_string() == "locked"));
        let told = Error::new(ErrorKind::Run, "a.json: locked; try again").caused_by(lock());
        assert!(told.source().is_none());
        assert!(told.cause().is_some_and(|c| c.is::<std::io::Error>()));
        let deep = Error::of(ErrorKind::Shared, behind);
        assert!(deep.to_string().starts_with("cannot read a.json"));
        assert!(deep.source().is_some_and(|s| s.to_string() == "locked"));
    }
}
