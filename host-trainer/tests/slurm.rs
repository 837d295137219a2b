//! Jobs on a real Slurm: slurmctld and slurmd of Debian's slurm-wlm on this machine, in a folder of their own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops where it cannot go on

use blastscope_tests::drawn_cells::{EIGHT, draw_folders};
use blastscope_tests::small_recipe::RECIPE;
use serde_json::Value;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// How long anything may take that should take seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Looks again and again until there is something.
fn await_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let (_silence, ticks) = channel::<()>();
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come in {PATIENCE:?}");
        let _ = ticks.recv_timeout(Duration::from_millis(20));
    }
}

/// A program of Slurm; its daemons lie where only root looks.
fn slurm(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{path}:/usr/sbin"))
        .stdin(Stdio::null());
    command
}

/// A cluster of one node with two processors; ended with the value.
struct Cluster {
    folder: PathBuf,
    daemons: Vec<Child>,
}

impl Cluster {
    fn start(folder: &Path) -> Self {
        for program in ["slurmctld", "slurmd", "sbatch"] {
            // Without a configuration some say no more than that they lack one.
            let found = slurm(program).arg("-V").output();
            assert!(
                found.is_ok(),
                "{program} is absent: run ./scripts/prepare all (Debian: apt install slurm-wlm)"
            );
        }
        fs::create_dir_all(folder.join("state")).unwrap();
        fs::create_dir_all(folder.join("spool")).unwrap();
        let ports = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let [control, node] = ports.map(|l| l.local_addr().unwrap().port());
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let host = host.trim().split('.').next().unwrap().to_owned();
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap();
        let (user, at) = (user.trim(), folder.display());
        let configuration = format!(
            "ClusterName=blastscope\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser={user}\nSlurmdUser={user}\n\
             AuthType=auth/none\nCredType=cred/none\nSlurmctldPort={control}\nSlurmdPort={node}\n\
             StateSaveLocation={at}/state\nSlurmdSpoolDir={at}/spool\nSlurmctldPidFile={at}/slurmctld.pid\n\
             SlurmdPidFile={at}/slurmd.pid\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nSlurmdParameters=config_overrides\n\
             MpiDefault=none\nReturnToService=2\nKillWait=5\nSchedulerParameters=sched_interval=1,batch_sched_delay=0\n\
             NodeName={host} NodeAddr=127.0.0.1 Port={node} CPUs=2 State=UNKNOWN\n\
             PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"
        );
        fs::write(folder.join("slurm.conf"), configuration).unwrap();
        let mut cluster = Self {
            folder: folder.to_owned(),
            daemons: Vec::new(),
        };
        for arguments in [&["slurmctld", "-D", "-i"][..], &["slurmd", "-D"]] {
            let log = File::create(folder.join(format!("{}.log", arguments[0]))).unwrap();
            let child = slurm(arguments[0])
                .args(&arguments[1..])
                .arg("-f")
                .arg(folder.join("slurm.conf"))
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn();
            cluster.daemons.push(child.unwrap());
        }
        await_some("an idle node", || {
            let states = cluster.ask("sinfo", &["--noheader", "--format=%T"]);
            (states.trim() == "idle").then_some(())
        });
        cluster
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("slurm.conf")
    }

    /// What one of Slurm's programs prints.
    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = slurm(program);
        let output = command
            .env("SLURM_CONF", self.configuration())
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.ask("scancel", &["--full", "--signal=KILL", "--partition=all"]);
        // The node's daemon first; the first one in the list is the controller.
        for daemon in self.daemons.iter_mut().rev() {
            let _ = Command::new("kill")
                .args(["-TERM", &daemon.id().to_string()])
                .status();
            let _ = daemon.wait();
        }
    }
}

/// The launcher under test.
struct Launcher {
    child: Child,
    said: PathBuf,
}

impl Launcher {
    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }
}

const GRID: [&str; 16] = [
    "grid",
    "--data",
    "data",
    "--recipe",
    "recipe.toml",
    "--out",
    "runs/grid",
    "--over",
    "learning_rate=0.01,0.003,0.001",
    "--over",
    "epochs=3,40",
    "--folds",
    "0",
    "--launcher",
    "slurm",
    "--slurm-options=--time=10 --partition=all",
];

fn launch(dir: &Path, cluster: &Cluster, name: &str) -> Launcher {
    let said = dir.join(name);
    let file = File::create(&said).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_blastscope-train"))
        .current_dir(dir)
        .env_remove("BLASTSCOPE_RUNS")
        .env("SLURM_CONF", cluster.configuration())
        .args(["--threads", "1"])
        .args(GRID)
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn();
    Launcher {
        child: child.unwrap(),
        said,
    }
}

#[test]
fn a_grid_of_six_on_slurm_ends_though_its_launcher_is_stopped_and_a_job_is_killed_half_way() {
    let dir = tempfile::tempdir().unwrap();
    draw_folders(&dir.path().join("data"), EIGHT, "bmp");
    fs::write(dir.path().join("recipe.toml"), RECIPE).unwrap();
    let cluster = Cluster::start(&dir.path().join("slurm"));

    // The launcher goes as soon as its array is there: the array stays.
    let mut first = launch(dir.path(), &cluster, "first.txt");
    await_some("an array", || {
        first.said().contains("6 jobs submitted").then_some(())
    });
    let interrupted = Command::new("kill")
        .args(["-INT", &first.child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    assert_eq!(first.child.wait().unwrap().code(), Some(1));
    let told = first.said();
    assert!(
        told.contains("Slurm goes on with") && told.contains("the same command waits"),
        "{told}"
    );

    // The same command finds it again; one of its jobs is killed in the middle.
    let mut second = launch(dir.path(), &cluster, "second.txt");
    let long = dir
        .path()
        .join("runs/grid/learning_rate=0.01,epochs=40/seed-3/fold-0");
    let process = await_some("a job half-way", || {
        let epochs = fs::read_to_string(long.join("metrics.jsonl")).ok()?;
        let record: Value = serde_json::from_slice(&fs::read(long.join("record.json")).ok()?).ok()?;
        (!epochs.is_empty())
            .then(|| record["process"]["pid"].as_u64())
            .flatten()
    });
    assert!(!long.join("report.json").exists(), "it was killed before its end");
    let killed = Command::new("kill").args(["-9", &process.to_string()]).status();
    assert!(killed.unwrap().success());

    let ended = second.child.wait().unwrap();
    let told = second.said();
    assert!(ended.success(), "{told}");
    assert!(told.contains("was submitted before"), "{told}");
    assert!(
        told.contains("it is submitted again") && told.contains("1 job submitted"),
        "{told}"
    );
    let result: Value =
        serde_json::from_slice(&fs::read(dir.path().join("runs/grid/grid.json")).unwrap()).unwrap();
    assert_eq!((&result["runs"], &result["done"]), (&6.into(), &6.into()));
    assert!(result["best"].is_string(), "{result}");
    let log = fs::read_to_string(long.join("job.log")).unwrap();
    assert_eq!(log.matches("--- Slurm job").count(), 2, "{log}");
    assert_eq!(
        log.matches("epoch 1/40").count(),
        1,
        "the second try went on where the first was killed: {log}"
    );
    let epochs = fs::read_to_string(long.join("metrics.jsonl")).unwrap();
    assert_eq!(epochs.lines().count(), 40);

    // All is collected; nothing is submitted any more.
    let mut third = launch(dir.path(), &cluster, "third.txt");
    assert!(third.child.wait().unwrap().success(), "{}", third.said());
    assert!(!third.said().contains("submitted"), "{}", third.said());
    assert_eq!(cluster.ask("squeue", &["--noheader"]).trim(), "");
    println!("{told}");
}
