//! Many pictures: a bad one is reported, the rest goes on.

use super::options::PictureOptions;
use crate::in_order::in_order;
use crate::{Error, Result};
use blastscope_vision::picture::list_pictures;
use std::error::Error as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// How a batch went.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) good: u64,
    pub(super) bad: u64,
}

impl Outcome {
    /// Says on stderr that a picture could not be used. Breaks where the first one ends the batch.
    pub(super) fn refuse(&mut self, error: &Error, strict: bool) -> ControlFlow<()> {
        self.bad += 1;
        match error.source() {
            Some(inner) => tracing::error!("{error} ({inner})"),
            None => tracing::error!("{error}"),
        }
        match strict {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Failure when a picture could not be used.
    pub(super) fn exit_code(self) -> ExitCode {
        tracing::info!("{}", blastscope_shared::DISCLAIMER);
        if self.bad == 0 {
            return ExitCode::SUCCESS;
        }
        tracing::error!("{} pictures done, {} could not be used", self.good, self.bad);
        ExitCode::FAILURE
    }
}

/// Runs `work` over all pictures on `workers` threads and hands what comes of them to `sink` in order.
pub(super) fn over_pictures<R: Send, W>(
    options: &PictureOptions,
    workers: usize,
    start: impl Fn() -> Result<W> + Sync,
    work: impl Fn(&mut W, PathBuf) -> Result<R> + Sync,
    mut sink: impl FnMut(R) -> anyhow::Result<()>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut unwritten = None;
    in_order(
        workers,
        list_pictures(&options.paths).into_iter(),
        start,
        |state, listed| work(state, listed?),
        |result| {
            Ok(match result {
                Err(e) => outcome.refuse(&e, options.strict),
                Ok(result) => match sink(result) {
                    Ok(()) => {
                        outcome.good += 1;
                        ControlFlow::Continue(())
                    }
                    Err(e) => {
                        unwritten = Some(e);
                        ControlFlow::Break(())
                    }
                },
            })
        },
    )?;
    match unwritten {
        Some(e) => Err(e),
        None => Ok(outcome),
    }
}
