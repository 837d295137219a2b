//! Threads whose end is noticed, however they end.

use crate::{Error, ErrorKind, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, JoinHandle};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How a stage ended.
#[derive(Debug)]
pub struct StageEnd {
    /// Its name.
    pub stage: &'static str,
    /// What ended it; `None` when it had no more to do.
    pub error: Option<Error>,
}

impl StageEnd {
    /// All stages are gone and none said why.
    pub(super) fn lost() -> Self {
        let error = Error::new(ErrorKind::Internal, "it ended without an error message");
        Self {
            stage: "pipeline",
            error: Some(error),
        }
    }

    /// The stage as the reason why the device ends.
    pub fn into_error(self) -> Error {
        let stage = self.stage;
        match self.error {
            Some(e) => Error::new(e.kind(), format!("the {stage} stage ended: {e}")).with_source(e),
            None => Error::new(ErrorKind::Internal, format!("the {stage} stage ended by itself")),
        }
    }
}

/// Starts stages and hears of their ends.
#[derive(Debug)]
pub(super) struct Supervisor {
    ended: UnboundedSender<StageEnd>,
}

impl Supervisor {
    pub(super) fn new() -> (Self, UnboundedReceiver<StageEnd>) {
        let (ended, ends) = unbounded_channel();
        (Self { ended }, ends)
    }

    /// Runs a stage on its own thread; the thread gives `None` when the stage failed.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        stage: &'static str,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<JoinHandle<Option<T>>> {
        let ended = self.ended.clone();
        let thread = Builder::new().name(stage.to_owned()).spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
                drop(panic);
                Err(Error::new(
                    ErrorKind::Internal,
                    "it stopped in the middle of its work: see the log",
                ))
            });
            let (output, error) = match result {
                Ok(output) => (Some(output), None),
                Err(e) => (None, Some(e)),
            };
            // Nobody listens any more when the device is being stopped.
            ended.send(StageEnd { stage, error }).ok();
            output
        });
        thread.map_err(|e| {
            Error::new(
                ErrorKind::Internal,
                format!("no thread for the {stage} stage: free some memory"),
            )
            .with_source(e)
        })
    }
}
