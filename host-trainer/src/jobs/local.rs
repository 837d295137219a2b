//! Jobs as processes on this machine.

use super::job::counted;
use super::{Failure, Job, Orders, Outcome, Stop, log, parent};
use crate::progress_bar::ProgressBar;
use crate::{Error, ErrorKind};
use rustix::process::{Signal, kill_process};
use std::collections::{BTreeSet, VecDeque};
use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Time between two looks at the children, and between two updates of the store.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
const INDEX: Duration = Duration::from_secs(5);

struct Running {
    job: usize,
    attempt: u32,
    child: Child,
    slot: usize,
    began: Instant,
    indexed: Instant,
    log_before: u64,
}

/// The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them; none without CUDA.
pub(crate) fn devices() -> Vec<String> {
    let count = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
    let named = env::var("CUDA_VISIBLE_DEVICES").unwrap_or_default();
    let named: Vec<&str> = named
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .collect();
    // Where some were chosen for us, ours are among them.
    let name = |i: usize| named.get(i).map_or_else(|| i.to_string(), |n| (*n).to_owned());
    (0..count).map(name).collect()
}

/// Runs the jobs that are not done, `at_once` at a time (by default one a GPU of `gpus`, or one where there is none).
/// The first Ctrl-C lets each end after its step, the second one ends it at once.
pub(crate) fn run_local(
    jobs: &[Job],
    at_once: Option<usize>,
    gpus: &[String],
    orders: &mut Orders<'_>,
    stop: &Stop,
) -> Result<Outcome, Error> {
    let mut queue: VecDeque<(usize, u32)> = (0..jobs.len())
        .filter(|i| !jobs[*i].is_done())
        .map(|i| (i, 1))
        .collect();
    let at_once = at_once.unwrap_or(gpus.len().max(1)).min(queue.len().max(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (orders.threads.unwrap_or(cores) / at_once).max(1);
    let bar = ProgressBar::quiet("jobs", jobs.len());
    (queue.len()..jobs.len()).for_each(|_| bar.step());
    let mut free: BTreeSet<usize> = (0..at_once).collect();
    let mut running: Vec<Running> = Vec::new();
    let (mut failed, mut stopping) = (Vec::new(), false);
    loop {
        if stop.was_asked() {
            for one in &running {
                let signal = if stopping { Signal::KILL } else { Signal::INT };
                // A child that has just ended needs none.
                let _ = kill_process(parent::pid(&one.child), signal);
            }
            if !stopping {
                bar.say(&format!(
                    "stopping: {} jobs end after their step; Ctrl-C again ends them at once",
                    running.len()
                ));
            }
            stopping = true;
        }
        while !stopping && let Some(slot) = free.first().copied() {
            let Some((job, attempt)) = queue.pop_front() else {
                break;
            };
            free.remove(&slot);
            let gpu = (!gpus.is_empty()).then(|| gpus[slot % gpus.len()].as_str());
            let log_before = log::length(&jobs[job].log());
            let child = start(&jobs[job], attempt, threads, gpu, orders)?;
            let place = gpu.map_or(String::new(), |g| format!(" on GPU {g}"));
            let again = if attempt > 1 {
                format!(", try {attempt}")
            } else {
                String::new()
            };
            bar.say(&counted(
                jobs,
                &format!("{} begins{place}{again}", jobs[job].name),
            ));
            running.push(Running {
                job,
                attempt,
                child,
                slot,
                began: Instant::now(),
                indexed: Instant::now(),
                log_before,
            });
        }
        if running.is_empty() {
            break;
        }
        stop.wait(POLL_INTERVAL);
        let mut still = Vec::new();
        for mut one in running {
            let job = &jobs[one.job];
            let ended = one.child.try_wait();
            let ended = ended
                .map_err(|e| Error::with_source(ErrorKind::Launcher, "a job cannot be waited for", e))?;
            let Some(status) = ended else {
                if one.indexed.elapsed() > INDEX {
                    orders.recorder.index(&job.folder);
                    one.indexed = Instant::now();
                }
                still.push(one);
                continue;
            };
            free.insert(one.slot);
            orders.recorder.end_killed(&job.folder);
            if job.is_done() {
                bar.step();
                let seconds = one.began.elapsed().as_secs();
                bar.say(&counted(jobs, &format!("{} is done ({seconds} s)", job.name)));
            } else if !stopping {
                let why = why(job, status, one.log_before);
                if one.attempt <= orders.retries {
                    bar.say(&counted(
                        jobs,
                        &format!("{} failed ({why}); it is tried again", job.name),
                    ));
                    queue.push_back((one.job, one.attempt + 1));
                } else {
                    bar.say(&counted(jobs, &format!("{} is given up ({why})", job.name)));
                    failed.push(Failure {
                        name: job.name.clone(),
                        why,
                        log: job.log(),
                    });
                }
            }
        }
        running = still;
    }
    bar.clear();
    Ok(Outcome {
        failed,
        stopped: stopping.then(Vec::new),
        ..Outcome::of(jobs)
    })
}

fn start(
    job: &Job,
    attempt: u32,
    threads: usize,
    gpu: Option<&str>,
    orders: &Orders<'_>,
) -> Result<Child, Error> {
    let path = job.log();
    let opened = OpenOptions::new().append(true).create(true).open(&path);
    let heading = format!("--- try {attempt}, {}\n", jiff::Timestamp::now());
    let logs = opened.and_then(|mut log| {
        log.write_all(heading.as_bytes())?;
        Ok((log.try_clone()?, log))
    });
    let (out, err) = logs.map_err(|e| Error::io("write", &path, e))?;
    let mut command = Command::new(&orders.program);
    command
        .args(["--threads", &threads.to_string(), "job"])
        .arg(job.file())
        .args(["--parent", &std::process::id().to_string()])
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        // Ctrl-C of the terminal is for the launcher, which passes it on once.
        .process_group(0);
    if let Some(gpu) = gpu {
        command.env("CUDA_VISIBLE_DEVICES", gpu);
    }
    command.spawn().map_err(|e| {
        let message = format!("cannot start {} for {}", orders.program.display(), job.name);
        Error::with_source(ErrorKind::Launcher, message, e)
    })
}

fn why(job: &Job, status: ExitStatus, log_before: u64) -> String {
    if let Some(signal) = status.signal() {
        return format!("killed by signal {signal}");
    }
    let said = log::last_word(&job.log(), log_before).filter(|l| !l.contains("--- try"));
    said.unwrap_or_else(|| format!("it ended with {status} and without an error message"))
}
