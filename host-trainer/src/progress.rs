//! How far a long job is: a bar on a terminal, plain lines otherwise.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// One job of known length. Everything goes to stderr; stdout is for results.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {eta}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress {
    /// Starts a job of `length` steps and says `what` it is.
    pub fn start(what: &str, length: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            eprintln!("{what}: {length}");
        }
        Self::quiet(what, length)
    }

    /// A job whose lines somebody else prints: only the bar, and nothing where there is no terminal.
    pub fn quiet(what: &str, length: usize) -> Self {
        let bar = ProgressBar::new(length as u64);
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_style(style());
        bar.set_prefix(what.to_owned());
        Self { bar }
    }

    /// One step is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Says a line; a bar that is shown stays below it.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// The job is done: the bar goes, `line` stays.
    pub fn end(&self, line: &str) {
        self.bar.finish_and_clear();
        eprintln!("{line}");
    }

    /// The job is done: the bar goes.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
