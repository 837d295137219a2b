//! `--json`: what happens as one JSON object a line on stdout, and nothing else there.

use blastscope_train::train::Event;
use clap::Args;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Whether to say what happens as JSON.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Lines {
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
    pub fn say(self, event: &impl Serialize) {
        if !self.json {
            return;
        }
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that has gone must not end a training.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }

    /// Says an event of a run.
    pub fn say_of(self, run: &Path, event: &impl Serialize) {
        self.say(&OfRun { run, event });
    }

    /// What a training tells.
    pub fn listener(self, run: &Path) -> impl FnMut(&Event<'_>) + use<> {
        let run = run.to_owned();
        move |event| self.say_of(&run, event)
    }
}
