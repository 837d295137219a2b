use super::interruption::Interrupted;
use super::lines::Lines;
use blastscope_train::runs::{Belongs, Recorder, State, store_for};
use blastscope_train::train::Stopped;
use clap::Args;
use std::path::{Path, PathBuf};
use tch::Device;

/// Which run store.
#[derive(Debug, Clone, Args)]
pub struct StoreOption {
    /// Store of runs [default: BLASTSCOPE_RUNS, or runs.db in the folder `runs` that the output lies in]
    #[arg(long, global = true, value_name = "FILE")]
    store: Option<PathBuf>,
}

impl StoreOption {
    /// The store that a command with this output records in.
    pub fn path(&self, output: &Path) -> PathBuf {
        store_for(self.store.as_deref(), Some(output))
    }

    /// The store that `runs` reads.
    pub fn existing(&self) -> PathBuf {
        store_for(self.store.as_deref(), None)
    }

    /// Records runs into it.
    pub fn recorder(&self, output: &Path, device: Device) -> Recorder {
        Recorder::into_store(&self.path(output), device)
    }
}

/// Where a training is recorded, as what, and how it is told.
#[derive(Debug)]
pub struct Recording {
    pub recorder: Recorder,
    pub belongs: Belongs,
    pub lines: Lines,
}

impl Recording {
    pub fn begin(&mut self, folder: &Path) {
        self.recorder.begin(folder, &self.belongs);
    }

    pub fn end(&mut self, folder: &Path, stopped: &anyhow::Result<Stopped>) {
        let (state, problem) = match stopped {
            Ok(Stopped::Finished | Stopped::Early) => (State::Finished, None),
            Ok(_) => (State::Interrupted, None),
            Err(e) if e.is::<Interrupted>() => (State::Interrupted, None),
            Err(e) => (State::Failed, Some(format!("{e:#}"))),
        };
        self.recorder.end(folder, state, problem);
    }
}
