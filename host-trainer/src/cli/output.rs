//! What commands say: columns for people, JSON lines for programs, warnings, and the record of a run.

use super::interruption::Interrupted;
use crate::data::{Collection, Fold};
use crate::evaluate::Protocol;
use crate::runs::{Recorder, RunOrigin, State, store_for};
use crate::train::Event;
use crate::train::Stopped;
use clap::Args;
use serde::Serialize;
use std::io::IsTerminal;
use std::io::Write;
use std::path::{Path, PathBuf};
use tch::Device;

/// Prints lines of cells below each other, each column as wide as its widest cell; the first line is the head.
pub(crate) fn print_columns(lines: &[Vec<String>]) {
    let count = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|l| l.get(column));
        cells.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, w)| format!("{cell:w$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// What is not known.
pub(crate) const UNKNOWN: &str = "-";

/// A duration, in the unit that fits.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Whether to say what happens as JSON.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Lines {
    /// Say each epoch and event as a JSON object, one a line, on stdout; nothing else goes there
    #[arg(long)]
    pub json: bool,
}

/// An event of one run.
#[derive(Serialize)]
struct OfRun<'a, T> {
    run: &'a Path,
    #[serde(flatten)]
    event: &'a T,
}

impl Lines {
    /// Says an event, an object with the key `event`, where JSON was asked for.
    pub(crate) fn say(self, event: &impl Serialize) {
        if !self.json {
            return;
        }
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that has gone must not end a training.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }

    /// Says an event of a run.
    pub(crate) fn say_of(self, run: &Path, event: &impl Serialize) {
        self.say(&OfRun { run, event });
    }

    /// What a training tells.
    pub(crate) fn listener(self, run: &Path) -> impl FnMut(&Event<'_>) + use<> {
        let run = run.to_owned();
        move |event| self.say_of(&run, event)
    }
}

/// Warns on stderr of every fold that was not split by subject: red on a terminal, and in words for those
/// who see no colour.
pub(crate) fn warn(folds: &[Fold], collection: &Collection) {
    for (number, fold) in folds.iter().enumerate() {
        if !fold.test.is_empty() {
            warn_of(&format!("fold {number}"), fold, collection);
        }
    }
}

/// The same of one fold.
pub(crate) fn warn_of(what: &str, fold: &Fold, collection: &Collection) {
    if let Some(warning) = Protocol::of(fold, collection).warning() {
        let line = format!("WARNING: {what}: {warning}");
        match std::io::stderr().is_terminal() {
            true => eprintln!("\x1b[1;31m{line}\x1b[0m"),
            false => eprintln!("{line}"),
        }
    }
}

/// Which run store.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreOption {
    /// Store of runs [default: BLASTSCOPE_RUNS, or runs.db in the folder `runs` that the output lies in]
    #[arg(long, global = true, value_name = "FILE")]
    store: Option<PathBuf>,
}

impl StoreOption {
    /// The store that a command with this output records in.
    pub(crate) fn path(&self, output: &Path) -> PathBuf {
        store_for(self.store.as_deref(), Some(output))
    }

    /// The store that `runs` reads.
    pub(crate) fn existing(&self) -> PathBuf {
        store_for(self.store.as_deref(), None)
    }

    /// Records runs into it.
    pub(crate) fn recorder(&self, output: &Path, device: Device) -> Recorder {
        Recorder::into_store(&self.path(output), device)
    }
}

/// Where a training is recorded, as what, and how it is told.
#[derive(Debug)]
pub(crate) struct Recording {
    pub recorder: Recorder,
    pub origin: RunOrigin,
    pub lines: Lines,
}

impl Recording {
    pub(crate) fn begin(&mut self, folder: &Path) {
        self.recorder.begin(folder, &self.origin);
    }

    pub(crate) fn end(&mut self, folder: &Path, stopped: &anyhow::Result<Stopped>) {
        let (state, problem) = match stopped {
            Ok(Stopped::Finished | Stopped::Early) => (State::Finished, None),
            Ok(_) => (State::Interrupted, None),
            Err(e) if e.is::<Interrupted>() => (State::Interrupted, None),
            Err(e) => (State::Failed, Some(format!("{e:#}"))),
        };
        self.recorder.end(folder, state, problem);
    }
}
