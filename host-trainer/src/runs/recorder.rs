use super::{Environment, Record, RunOrigin, RunStore, State};
use crate::Error;
use std::path::Path;
use tch::Device;

/// Keeps records of what is trained and brings them into the store. A store or a record that fails is said once
/// and never stops a training.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// None: records alone, the store is somebody else's to write.
    store: Option<RunStore>,
    device: Device,
    warned: bool,
}

impl Recorder {
    /// Records into this store.
    pub(crate) fn into_store(path: &Path, device: Device) -> Self {
        let mut recorder = Self::of_records(device);
        match RunStore::open(path) {
            Ok(store) => recorder.store = Some(store),
            Err(e) => recorder.warn(&e),
        }
        recorder
    }

    /// Writes records beside the runs alone, as a job of a launcher: compute nodes must not share a database over
    /// a network.
    pub(crate) fn of_records(device: Device) -> Self {
        Self {
            store: None,
            device,
            warned: false,
        }
    }

    fn warn(&mut self, e: &Error) {
        if !self.warned {
            let source = std::error::Error::source(e).map_or(String::new(), |s| format!(" ({s})"));
            eprintln!("WARNING: {e}{source}; training goes on without the store");
            self.warned = true;
        }
    }

    fn act(&mut self, act: impl FnOnce() -> Result<(), Error>, folder: &Path) {
        if let Err(e) = act() {
            self.warn(&e);
        }
        self.index(folder);
    }

    /// This process trains in `folder` now.
    pub(crate) fn begin(&mut self, folder: &Path, origin: &RunOrigin) {
        let environment = Environment::here(self.device);
        self.act(
            || Record::begin(folder, origin.clone(), environment).map(drop),
            folder,
        );
    }

    /// Training in `folder` ended so.
    pub(crate) fn end(&mut self, folder: &Path, state: State, problem: Option<String>) {
        self.act(|| Record::end(folder, state, problem), folder);
    }

    /// The process that trained in `folder` was killed, if it still says that it runs.
    pub(crate) fn end_killed(&mut self, folder: &Path) {
        self.act(|| Record::end_killed(folder), folder);
    }

    /// Brings what the folder says now into the store; nothing where no run has begun.
    pub(crate) fn index(&mut self, folder: &Path) {
        if !folder.join("run.json").exists() {
            return;
        }
        if let Some(store) = &mut self.store
            && let Err(e) = store.record(folder)
        {
            self.warn(&e);
        }
    }
}
