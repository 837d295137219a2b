use crate::runs::Recorder;
use std::path::PathBuf;

/// One process to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// For messages.
    pub name: String,
    /// Its own folder: holds `job.json` (what `blastscope-train job` reads) and `job.log` (what it said).
    pub folder: PathBuf,
    /// Name of the file in the folder that is written last.
    pub result: &'static str,
}

impl Job {
    /// What the process reads.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join("job.json")
    }

    /// What the process said, all tries below each other.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("job.log")
    }

    /// True when its result is there.
    pub(crate) fn is_done(&self) -> bool {
        self.folder.join(self.result).exists()
    }
}

/// How jobs are to be run.
#[derive(Debug)]
pub(crate) struct Orders<'a> {
    /// The program.
    pub program: PathBuf,
    /// Threads in all (local) or a job (Slurm); none: as many as there are.
    pub threads: Option<usize>,
    /// How often a failed job is tried again.
    pub retries: u32,
    /// Told of every run that begins and ends.
    pub recorder: &'a mut Recorder,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Name of the job.
    pub name: String,
    /// What it said last.
    pub why: String,
    /// Where it said more.
    pub log: PathBuf,
}

/// What came of the jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Jobs whose results are there.
    pub done: usize,
    /// Jobs that failed at every try.
    pub failed: Vec<Failure>,
    /// Stopped by a signal before all were done; for Slurm, the arrays that go on.
    pub stopped: Option<Vec<String>>,
}

impl Outcome {
    /// Counts what is there.
    pub(super) fn of(jobs: &[Job]) -> Self {
        Self {
            done: jobs.iter().filter(|j| j.is_done()).count(),
            ..Self::default()
        }
    }
}

/// A line with how many jobs are done before it.
pub(super) fn counted(jobs: &[Job], line: &str) -> String {
    let done = jobs.iter().filter(|j| j.is_done()).count();
    format!("[{done}/{} done] {line}", jobs.len())
}
