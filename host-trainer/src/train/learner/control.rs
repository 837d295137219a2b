use crate::train::epoch::EpochRecord;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request that training ends after the step it is at, shared with whoever may make it, such as the handler of a
/// signal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Makes the request; it cannot be taken back.
    #[cfg(test)]
    pub(crate) fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was made.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// The flag itself, true once the request was made.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// Why training returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stopped {
    /// All epochs are done.
    Finished,
    /// The validation figure did not improve any more.
    Early,
    /// As many epochs as asked for are done; the same call goes on.
    Paused,
    /// The step is done after which it was asked to end; the same call goes on.
    Interrupted,
}

/// What a training reports to its listener, as it happens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event<'a> {
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
pub(crate) type Listener<'a> = Box<dyn FnMut(&Event<'_>) + 'a>;
