//! Lines on stdout.

use serde::Serialize;
use std::io::{ErrorKind, Write};

/// Writes one JSON line.
pub(super) fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    write(&line)
}

/// Writes one readable line.
pub(super) fn line(text: &str) -> anyhow::Result<()> {
    write(&format!("{text}\n"))
}

fn write(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    // Whoever reads a pipe sees every line when it is ready.
    out.flush()?;
    Ok(())
}

/// True when the reader of the output went away, as `head` does: no failure of ours.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let pipe = |e: &std::io::Error| e.kind() == ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|e| e.downcast_ref::<std::io::Error>().is_some_and(pipe))
}
