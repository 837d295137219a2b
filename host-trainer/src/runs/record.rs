use super::environment::host;
use super::{Environment, revision};
use crate::{Error, ErrorKind, durable_file};
use blastscope_shared::package::sha256_hex;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const VERSION: u32 = 1;
const FILE: &str = "record.json";

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// A process trains it.
    Running,
    /// Trained to the end.
    Finished,
    /// Stopped by an error; the record says which.
    Failed,
    /// Killed or paused; the same command goes on.
    Interrupted,
}

impl State {
    /// As in tables, in JSON and in the store.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What a run was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunOrigin {
    /// The command: `train`, `cross-validate`, `grid`.
    pub protocol: String,
    /// Folder of the cross-validation or of the grid's point, as seen from the run's own; none alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Recipe keys that the grid varies, with their values here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub point: BTreeMap<String, String>,
}

impl RunOrigin {
    /// A run of its own.
    pub(crate) fn alone() -> Self {
        Self::to("train", None)
    }

    /// A run of a protocol, whose group lies at this path from the run's folder.
    pub(crate) fn to(protocol: &str, group: Option<&str>) -> Self {
        Self {
            protocol: protocol.into(),
            group: group.map(str::to_owned),
            point: BTreeMap::new(),
        }
    }
}

/// The process that trains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Process {
    pub host: String,
    pub pid: u32,
    /// When it began, in the kernel's ticks: tells it from a later one with its number.
    pub ticks: u64,
}

impl Process {
    fn this() -> Self {
        let pid = std::process::id();
        Self {
            host: host(),
            pid,
            ticks: ticks(pid).unwrap_or(0),
        }
    }

    /// False where it is known to have ended. Of another machine's nothing is known.
    pub(crate) fn may_live(&self) -> bool {
        self.host != host() || ticks(self.pid) == Some(self.ticks)
    }
}

/// Field 22 of `/proc/PID/stat`; the name before it may hold blanks and brackets. A zombie has ended.
fn ticks(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18)?.parse().ok()).flatten()
}

/// `record.json` in a run folder: what was computed where, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    version: u32,
    /// Eight hex digits; stays with the folder.
    pub id: String,
    /// What the run was made for.
    #[serde(rename = "belongs")]
    pub origin: RunOrigin,
    /// Git revision of the working folder.
    pub revision: String,
    /// Where it was computed last.
    pub environment: Environment,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended.
    pub ended: Option<String>,
    /// How far it is.
    pub state: State,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    pub(super) process: Option<Process>,
}

impl Record {
    /// The record of a folder; `None` where none was written, as by versions before there was one.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("read", &path, e)),
        };
        let refuse = |why: String| {
            let remedy = "remove the file; the run itself does not need it";
            Error::new(ErrorKind::Run, format!("{}: {why}; {remedy}", path.display()))
        };
        let record: Self = serde_json::from_slice(&bytes).map_err(|e| refuse(e.to_string()).caused_by(e))?;
        if record.version != VERSION {
            return Err(refuse(format!("version {}, not {VERSION}", record.version)));
        }
        Ok(Some(record))
    }

    /// Says that this process trains in `folder` now. A run that is taken up again keeps its id and beginning.
    pub(crate) fn begin(folder: &Path, origin: RunOrigin, environment: Environment) -> Result<Self, Error> {
        let now = Timestamp::now();
        let process = Process::this();
        let before = Self::read(folder)?;
        let key = format!("{} {} {now} {}", process.host, process.pid, folder.display());
        let record = Self {
            version: VERSION,
            id: before
                .as_ref()
                .map_or_else(|| sha256_hex(key.as_bytes())[..8].to_owned(), |b| b.id.clone()),
            origin,
            revision: revision(Path::new(".")),
            environment,
            started: before.map_or_else(|| now.to_string(), |b| b.started),
            ended: None,
            state: State::Running,
            problem: None,
            process: Some(process),
        };
        record.write(folder)?;
        Ok(record)
    }

    /// Says that training in `folder` has ended so.
    pub(crate) fn end(folder: &Path, state: State, problem: Option<String>) -> Result<(), Error> {
        let Some(mut record) = Self::read(folder)? else {
            return Ok(());
        };
        record.state = state;
        record.problem = problem;
        record.ended = Some(Timestamp::now().to_string());
        record.process = None;
        record.write(folder)
    }

    /// Says that a run which says "running" no longer is: its process was killed.
    pub(crate) fn end_killed(folder: &Path) -> Result<(), Error> {
        match Self::read(folder)? {
            Some(record) if record.state == State::Running => Self::end(folder, State::Interrupted, None),
            _ => Ok(()),
        }
    }

    fn write(&self, folder: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|e| Error::with_source(ErrorKind::Run, format!("cannot write {FILE}"), e))?;
        durable_file::write(&folder.join(FILE), (text + "\n").as_bytes())
    }
}
