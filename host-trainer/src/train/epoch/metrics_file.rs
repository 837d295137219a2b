//! `metrics.jsonl`: a line an epoch.

use super::record::EpochRecord;
use crate::{Error, ErrorKind, durable_file};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Adds one line.
pub(crate) fn append_record(folder: &Path, record: &EpochRecord) -> Result<(), Error> {
    let path = folder.join("metrics.jsonl");
    let line = serde_json::to_string(record)
        .map_err(|e| Error::with_source(ErrorKind::Run, "cannot write metrics.jsonl", e))?;
    let file = fs::OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut f| {
        writeln!(f, "{line}")?;
        f.sync_all()
    })
    .map_err(|e| Error::io("write", &path, e))
}

/// Leaves the lines of the epochs that were committed; later ones are done anew.
pub(crate) fn trim_records(folder: &Path, epochs: usize) -> Result<(), Error> {
    let path = folder.join("metrics.jsonl");
    if !path.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(|e| Error::io("read", &path, e))?;
    let kept: String = text
        .lines()
        .filter(|l| serde_json::from_str::<EpochRecord>(l).is_ok_and(|r| r.epoch <= epochs))
        .map(|l| format!("{l}\n"))
        .collect();
    if kept == text {
        return Ok(());
    }
    durable_file::write(&path, kept.as_bytes())
}
