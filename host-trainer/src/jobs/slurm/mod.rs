//! Jobs as elements of Slurm arrays.
//!
//! What was submitted stands in `slurm/state.json` of the output folder, by names that are written before they are
//! submitted: a launcher that ends, or is killed at any instant, finds its arrays again by asking for their names.
//! An element has ended when the queue does not show it any more; whether it is done, its folder says. Accounting
//! (`sacct`) is not needed.

mod commands;
mod script;
mod state;

use super::job::counted;
use super::{Failure, Job, Orders, Outcome, Stop, log};
use crate::progress_bar::ProgressBar;
use crate::{Error, ErrorKind, durable_file};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) use commands::check_slurm;
use commands::{queue, submit};
use state::{Array, State};

/// Elements of an array at most: Slurm's own limit is 1001 unless configured otherwise.
const LARGEST: usize = 1000;

/// Time between two queries of the queue, at first and at last.
const POLL_INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// How often in a row the queue must not show an element before it counts as ended.
const ABSENT: u32 = 2;

/// Runs the jobs that are not done as arrays, with further `options` for `sbatch`, and waits for them; elements that
/// end without a result are submitted again. Ctrl-C leaves the arrays going on; the same call finds them again.
pub(crate) fn run_slurm(
    jobs: &[Job],
    folder: &Path,
    options: &str,
    orders: &mut Orders<'_>,
    stop: &Stop,
) -> Result<Outcome, Error> {
    check_slurm()?;
    script::check_options(options)?;
    let place = folder.join("slurm");
    fs::create_dir_all(&place).map_err(|e| Error::io("make the folder", &place, e))?;
    let place = fs::canonicalize(&place).map_err(|e| Error::io("read", &place, e))?;
    let mut state = State::read(&place)?;
    let bar = ProgressBar::quiet("jobs", jobs.len());
    let mut watch = Watch::default();
    for array in &state.arrays {
        let id = array.id.as_deref().unwrap_or("of unknown number");
        bar.say(&format!(
            "array {id} ({}) was submitted before: its jobs are waited for",
            array.name
        ));
    }
    let began = Instant::now();
    let mut failed = Vec::new();
    loop {
        match queue(&state.names()) {
            Err(why) => {
                if !watch.deaf {
                    bar.say(&format!("the queue cannot be asked, it is asked again: {why}"));
                }
                watch.deaf = true;
            }
            Ok(alive) => {
                watch.deaf = false;
                let ended = watch.poll(jobs, &state, &alive, orders, &bar);
                failed.clear();
                let mut again = Vec::new();
                for i in ended {
                    let key = text(&jobs[i].folder)?;
                    let tries = state.tries.get(&key).copied().unwrap_or(0);
                    if tries > orders.retries {
                        failed.push(i);
                        continue;
                    }
                    if tries > 0 {
                        let line = format!(
                            "{} failed ({}); it is submitted again",
                            jobs[i].name,
                            why(&jobs[i])
                        );
                        bar.say(&counted(jobs, &line));
                    }
                    again.push(i);
                }
                for part in again.chunks(LARGEST) {
                    let part: Vec<&Job> = part.iter().map(|i| &jobs[*i]).collect();
                    submit_array(&part, &place, options, orders, &mut state, &bar)?;
                    part.iter().for_each(|job| watch.forget(job));
                }
                if again.is_empty()
                    && jobs
                        .iter()
                        .enumerate()
                        .all(|(i, j)| j.is_done() || failed.contains(&i))
                {
                    break;
                }
            }
        }
        stop.wait((began.elapsed() / 20).clamp(POLL_INTERVALS.0, POLL_INTERVALS.1));
        if stop.was_asked() {
            bar.clear();
            return Ok(Outcome {
                stopped: Some(state.shown()),
                ..Outcome::of(jobs)
            });
        }
    }
    state.end()?;
    bar.clear();
    let given_up = |i: &usize| Failure {
        name: jobs[*i].name.clone(),
        why: why(&jobs[*i]),
        log: jobs[*i].log(),
    };
    Ok(Outcome {
        failed: failed.iter().map(given_up).collect(),
        ..Outcome::of(jobs)
    })
}

/// What was seen of the jobs so far.
#[derive(Default)]
struct Watch {
    /// How often in a row a job was not in the queue.
    absent: BTreeMap<usize, u32>,
    announced: BTreeSet<usize>,
    running: BTreeSet<usize>,
    folders: BTreeMap<std::path::PathBuf, usize>,
    deaf: bool,
    silent_before: bool,
}

impl Watch {
    /// Takes note of what the queue says; returns the jobs that have ended, or never began, without a result.
    fn poll(
        &mut self,
        jobs: &[Job],
        state: &State,
        alive: &commands::Queue,
        orders: &mut Orders<'_>,
        bar: &ProgressBar,
    ) -> Vec<usize> {
        let mut ended = Vec::new();
        for (i, job) in jobs.iter().enumerate() {
            self.folders.entry(job.folder.clone()).or_insert(i);
            if job.is_done() {
                if self.announced.insert(i) {
                    orders.recorder.end_killed(&job.folder);
                    bar.step();
                    if self.silent_before {
                        bar.say(&counted(jobs, &format!("{} is done", job.name)));
                    }
                }
                continue;
            }
            let element = state.element(&job.folder);
            match element.and_then(|(name, index)| alive.get(&(name.to_owned(), index))) {
                Some(words) => {
                    self.absent.remove(&i);
                    if words == "RUNNING" {
                        orders.recorder.index(&job.folder);
                        if self.running.insert(i) {
                            bar.say(&counted(jobs, &format!("{} runs", job.name)));
                        }
                    }
                }
                None => {
                    let times = self.absent.entry(i).or_insert(0);
                    *times += 1;
                    if element.is_none() || *times >= ABSENT {
                        orders.recorder.end_killed(&job.folder);
                        ended.push(i);
                    }
                }
            }
        }
        self.silent_before = true;
        ended
    }

    /// A job that begins anew.
    fn forget(&mut self, job: &Job) {
        if let Some(i) = self.folders.get(&job.folder) {
            self.absent.remove(i);
            self.running.remove(i);
        }
    }
}

fn submit_array(
    jobs: &[&Job],
    place: &Path,
    options: &str,
    orders: &Orders<'_>,
    state: &mut State,
    bar: &ProgressBar,
) -> Result<(), Error> {
    let name = state.next_name();
    let folders = jobs
        .iter()
        .map(|j| text(&j.folder))
        .collect::<Result<Vec<_>, _>>()?;
    let list = place.join(format!("{name}.jobs"));
    durable_file::write(&list, (folders.join("\n") + "\n").as_bytes())?;
    let path = place.join(format!("{name}.sh"));
    let script = script::write(&name, jobs.len(), &list, options, orders)?;
    durable_file::write(&path, script.as_bytes())?;
    // Known before it is submitted: killed in between, its name is still asked for.
    state.arrays.push(Array {
        name: name.clone(),
        id: None,
        jobs: folders.clone(),
    });
    state.write()?;
    let id = match submit(&path) {
        Ok(id) => id,
        Err(e) => {
            state.arrays.pop();
            state.write()?;
            return Err(e);
        }
    };
    bar.say(&format!(
        "array {id} ({name}): {} submitted, by {}",
        if jobs.len() == 1 {
            "1 job".to_owned()
        } else {
            format!("{} jobs", jobs.len())
        },
        path.display()
    ));
    if let Some(last) = state.arrays.last_mut() {
        last.id = Some(id);
    }
    for folder in folders {
        *state.tries.entry(folder).or_insert(0) += 1;
    }
    state.write()
}

fn why(job: &Job) -> String {
    log::last_word(&job.log(), 0).unwrap_or_else(|| "it ended without an error message".into())
}

/// A path as scripts and lists take it.
fn text(path: &Path) -> Result<String, Error> {
    let text = path.to_str().filter(|t| !t.contains(['\n', '"', '\\', '%']));
    text.map(str::to_owned).ok_or_else(|| {
        let message = format!(
            "{}: Slurm's scripts take no quotes, backslashes, percent signs or line breaks in paths: give another --out",
            path.display()
        );
        Error::new(ErrorKind::Launcher, message)
    })
}
