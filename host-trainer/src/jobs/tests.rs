use super::*;
use crate::runs::Recorder;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

struct Bench {
    dir: tempfile::TempDir,
    program: PathBuf,
}

impl Bench {
    /// A program in place of ours: `body` runs in the job's folder, with the number of its tries in `$try`.
    fn new(body: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("program");
        let script = format!(
            "#!/bin/sh\n# --threads N job FILE --parent PID\ncd \"$(dirname \"$4\")\" || exit 9\n\
             echo x >> tries; try=$(wc -l < tries); echo \"$2\" > threads\n{body}\n"
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir, program }
    }

    fn jobs(&self, names: &[&str]) -> Vec<Job> {
        let job = |name: &&str| {
            let folder = self.dir.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            Job {
                name: (*name).to_owned(),
                folder,
                result: "report.json",
            }
        };
        names.iter().map(job).collect()
    }

    fn run(&self, jobs: &[Job], at_once: usize, retries: u32) -> Outcome {
        let mut recorder = Recorder::of_records(tch::Device::Cpu);
        let mut orders = Orders {
            program: self.program.clone(),
            threads: Some(4),
            retries,
            recorder: &mut recorder,
        };
        let stop = Stop::on_signals().unwrap();
        run_local(jobs, Some(at_once), &[], &mut orders, &stop).unwrap()
    }

    fn tries(&self, name: &str) -> usize {
        fs::read_to_string(self.dir.path().join(name).join("tries"))
            .unwrap()
            .lines()
            .count()
    }
}

#[test]
fn jobs_that_fail_or_are_killed_are_tried_again_and_take_no_other_along() {
    let bench = Bench::new(
        "case $(basename \"$PWD\")$try in\n\
         fails1) echo 'error: the disk is full' >&2; exit 1;;\n\
         killed1|killed2) kill -9 $$;;\n\
         esac\n\
         echo {} > report.json",
    );
    let jobs = bench.jobs(&["fails", "whole", "killed", "done"]);
    fs::write(jobs[3].folder.join("report.json"), "{}").unwrap();
    let outcome = bench.run(&jobs, 2, 2);
    assert_eq!(
        outcome,
        Outcome {
            done: 4,
            ..Outcome::default()
        }
    );
    assert_eq!(
        (bench.tries("fails"), bench.tries("whole"), bench.tries("killed")),
        (2, 1, 3)
    );
    assert!(
        !jobs[3].folder.join("tries").exists(),
        "what is done is not done again"
    );
    let log = fs::read_to_string(jobs[0].log()).unwrap();
    assert!(
        log.contains("the disk is full") && log.contains("--- try 2"),
        "{log}"
    );
    let threads = fs::read_to_string(jobs[1].folder.join("threads")).unwrap();
    assert_eq!(threads.trim(), "2", "four threads for two at a time");
}

#[test]
fn a_job_that_never_succeeds_is_given_up_with_what_it_said() {
    let bench = Bench::new(
        "case $(basename \"$PWD\") in\n\
         wrong) echo 'error: no such key' >&2; echo 'see above' >&2; exit 1;;\n\
         silent) exit 0;;\n\
         esac\n\
         echo {} > report.json",
    );
    let jobs = bench.jobs(&["wrong", "silent", "whole"]);
    let outcome = bench.run(&jobs, 1, 1);
    assert_eq!((outcome.done, outcome.failed.len()), (1, 2));
    let why = |name: &str| {
        outcome
            .failed
            .iter()
            .find(|f| f.name == name)
            .unwrap()
            .why
            .clone()
    };
    assert_eq!(why("wrong"), "error: no such key");
    assert!(
        why("silent").contains("without an error message"),
        "{}",
        why("silent")
    );
    assert_eq!(bench.tries("wrong"), 2);
}

#[test]
fn launchers_are_named_by_words() {
    for text in ["local", "local:3", "slurm"] {
        assert_eq!(text.parse::<Launcher>().unwrap().to_string(), text);
    }
    for text in ["", "local:0", "local:x", "slurm:2", "cloud"] {
        assert!(
            text.parse::<Launcher>().unwrap_err().contains("local:N"),
            "{text}"
        );
    }
}

#[test]
fn the_end_of_a_log_tells_the_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("job.log");
    fs::write(&path, "error: old\nepoch 1\nerror: new\nepoch 2\n\n").unwrap();
    assert_eq!(log::last_word(&path, 0).as_deref(), Some("error: new"));
    assert_eq!(
        log::last_word(&path, 30).as_deref(),
        Some("it ended after: epoch 2")
    );
    assert_eq!(log::last_word(&path, log::length(&path)), None);
    assert_eq!(log::last_word(Path::new("/nowhere/job.log"), 0), None);
}
