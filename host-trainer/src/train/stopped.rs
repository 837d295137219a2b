use serde::Serialize;

/// Why training returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// All epochs are done.
    Finished,
    /// The validation figure did not improve any more.
    Early,
    /// As many epochs as asked for are done; the same call goes on.
    Paused,
    /// The step is done after which it was asked to end; the same call goes on.
    Interrupted,
}
