//! Ctrl-C: the step at hand is ended, the state written, and the way to go on said.

use crate::train::Interrupt;
use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::OnceLock;

/// Exit status of a program that Ctrl-C ended.
pub(crate) const EXIT: u8 = 130;

/// A command that was interrupted, with what goes on from there.
#[derive(Debug, thiserror::Error)]
#[error(
    "interrupted: {run} holds the state after {standing}; the same command goes on from there:\n    {command}"
)]
pub(crate) struct Interrupted {
    run: String,
    standing: String,
    command: String,
}

impl Interrupted {
    /// For a run that stands at `standing`.
    pub(crate) fn new(run: &std::path::Path, standing: String) -> Self {
        let words = std::env::args_os().map(|a| quoted(&a.to_string_lossy()));
        Self {
            run: run.display().to_string(),
            standing,
            command: words.collect::<Vec<_>>().join(" "),
        }
    }
}

/// From here on Ctrl-C and SIGTERM are a wish to end after the step; a second one ends at once.
pub(crate) fn listen() -> anyhow::Result<Interrupt> {
    static LISTENING: OnceLock<Interrupt> = OnceLock::new();
    if let Some(interrupt) = LISTENING.get() {
        return Ok(interrupt.clone());
    }
    let interrupt = Interrupt::default();
    for signal in [SIGINT, SIGTERM] {
        // In this order: the second signal finds the flag that the first one left.
        flag::register_conditional_shutdown(signal, EXIT.into(), interrupt.flag())
            .and_then(|_| flag::register(signal, interrupt.flag()))
            .context("listening to Ctrl-C")?;
    }
    Ok(LISTENING.get_or_init(|| interrupt).clone())
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_takes_them() {
        assert_eq!(quoted("--set"), "--set");
        assert_eq!(quoted("optimisation.batch=16"), "optimisation.batch=16");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
