//! The ends of logs: why a job failed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes looked at.
const TAIL: u64 = 8192;

/// Bytes of a file; 0 where there is none.
pub(super) fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}

/// The last error that a log tells after its first `from` bytes; without one, what its last line is. `None` where it
/// tells nothing.
pub(super) fn last_word(path: &Path, from: u64) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let begin = from.max(length(path).saturating_sub(TAIL));
    file.seek(SeekFrom::Start(begin)).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = || text.lines().rev().map(str::trim).filter(|l| !l.is_empty());
    let error = lines().find(|l| l.starts_with("error: ") || l.contains(": error: "));
    match error {
        Some(error) => Some(error.to_owned()),
        None => lines().next().map(|l| format!("it ended after: {}", short(l))),
    }
}

/// A line that may be long.
fn short(line: &str) -> String {
    const LONGEST: usize = 60;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
