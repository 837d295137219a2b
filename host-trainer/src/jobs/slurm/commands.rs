//! Slurm's own programs.

use crate::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// State of each element that is waiting or running, by name of the array and number of the element.
pub(super) type Queue = BTreeMap<(String, usize), String>;

/// Refuses where Slurm's programs are absent.
pub(crate) fn check_slurm() -> Result<(), Error> {
    for program in ["sbatch", "squeue"] {
        let tried = Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .output();
        if tried.is_err() {
            let message = format!(
                "--launcher slurm: there is no {program} on this machine. Give the command on a login node of the cluster, \
                 or install Slurm's programs (Debian: slurm-client) with the cluster's slurm.conf, or give \
                 --launcher local. Nothing was lost: what is done stays done"
            );
            return Err(Error::new(ErrorKind::Launcher, message));
        }
    }
    Ok(())
}

/// Submits a script; the number of the array.
pub(super) fn submit(script: &Path) -> Result<String, Error> {
    let output = Command::new("sbatch")
        .arg("--parsable")
        .arg(script)
        .stdin(Stdio::null())
        .output();
    let refuse = |why: String| {
        let message = format!(
            "sbatch refused {}: {why}. Correct --slurm-options, or try again when the cluster answers; nothing was lost",
            script.display()
        );
        Error::new(ErrorKind::Launcher, message)
    };
    let output = output.map_err(|e| refuse(e.to_string()).caused_by(e))?;
    let said = String::from_utf8_lossy(&output.stdout);
    // `123`, or `123;cluster`.
    let id = said.trim().split(';').next().unwrap_or_default();
    if !output.status.success() || id.is_empty() {
        return Err(refuse(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(id.to_owned())
}

/// What the queue shows of arrays of these names; an error where it cannot be asked now.
pub(super) fn queue(names: &[String]) -> Result<Queue, String> {
    if names.is_empty() {
        return Ok(Queue::new());
    }
    let output = Command::new("squeue")
        .args(["--noheader", "--array", "--format=%j|%K|%T"])
        .arg(format!("--name={}", names.join(",")))
        .stdin(Stdio::null())
        .output()
        .map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

fn parse(text: &str) -> Queue {
    let line = |line: &str| {
        let mut fields = line.trim().split('|');
        let (name, index, state) = (fields.next()?, fields.next()?, fields.next()?);
        Some(((name.to_owned(), index.parse().ok()?), state.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_read_line_by_line() {
        let queue = parse("blastscope-a|0|RUNNING\nblastscope-a|1|PENDING\nother|N/A|RUNNING\n\n");
        assert_eq!(queue.len(), 2);
        assert_eq!(queue[&("blastscope-a".into(), 1)], "PENDING");
    }
}
