//! How far a long job is: a bar on a terminal, plain lines otherwise.

use indicatif::{ProgressBar as Bar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// One job of known length. Everything goes to stderr; stdout is for results.
#[derive(Debug)]
pub(crate) struct ProgressBar {
    bar: Bar,
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {eta}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl ProgressBar {
    /// Starts a job of `length` steps and says `what` it is.
    pub(crate) fn start(what: &str, length: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            eprintln!("{what}: {length}");
        }
        Self::quiet(what, length)
    }

    /// A job whose lines somebody else prints: only the bar, and nothing where there is no terminal.
    pub(crate) fn quiet(what: &str, length: usize) -> Self {
        let bar = Bar::new(length as u64);
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_style(style());
        bar.set_prefix(what.to_owned());
        Self { bar }
    }

    /// One step is done.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// Says a line; a bar that is shown stays below it.
    pub(crate) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// The job is done: the bar goes, `line` stays.
    pub(crate) fn end(&self, line: &str) {
        self.bar.finish_and_clear();
        eprintln!("{line}");
    }

    /// The job is done: the bar goes.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
