use super::EpochRecord;
use serde::Serialize;

/// What training tells whoever listens, as it happens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event<'a> {
    /// An epoch is done and its state written.
    Epoch(&'a EpochRecord),
    /// The state within an epoch is written.
    State {
        /// The epoch it stands in, counted from 1.
        epoch: usize,
        /// Batches of it that are done.
        batches: usize,
        /// Batches of the whole epoch.
        of: usize,
    },
}

/// Whoever listens.
pub(super) type Listener<'a> = Box<dyn FnMut(&Event<'_>) + 'a>;
