//! Grids, their jobs and the run store, as users run them, on small drawn cells.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops where it cannot go on

use blastscope_tests::bench::Bench;
use blastscope_tests::small_recipe::RECIPE;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Output, Stdio};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

const GRID: [&str; 7] = [
    "grid",
    "--data",
    "data",
    "--recipe",
    "recipe.toml",
    "--out",
    "runs/grid",
];

#[test]
fn a_grid_is_computed_gathered_and_chosen_on_validation_cells_and_the_store_knows_its_runs() {
    let bench = Bench::new();
    let grid = [
        &GRID[..],
        &[
            "--over",
            "learning_rate=0.01,1e-4",
            "--over",
            "epochs=4",
            "--by",
            "loss",
            "--launcher",
            "local:2",
        ],
    ]
    .concat();
    let output = bench.succeed(&[&grid[..], &["--folds", "0"]].concat());
    assert!(output.contains("2/2 done"), "{output}");
    // The same command with more folds goes on with what is there.
    let output = bench.succeed(&grid);
    assert!(
        output.contains("4/4 done") && !output.contains("fold 0 begins"),
        "{output}"
    );
    let result = read_json(&bench.path("runs/grid/grid.json"));
    assert_eq!((&result["runs"], &result["done"]), (&4.into(), &4.into()));
    let points = result["points"].as_array().unwrap();
    let mean = |p: &Value| p["validation"]["loss"]["mean"].as_f64().unwrap();
    let best = points.iter().min_by(|a, b| mean(a).total_cmp(&mean(b))).unwrap();
    assert_eq!(result["best"], best["name"]);
    assert!(points.iter().all(|p| p["test"]["auc"]["sd"].is_f64()), "{result}");
    let csv = fs::read_to_string(bench.path("runs/grid/grid.csv")).unwrap();
    assert_eq!(csv.lines().count(), 5);
    assert!(
        csv.starts_with("learning_rate,epochs,seed,fold,epochs_done,seconds,validation_"),
        "{csv}"
    );
    for text in [
        fs::read_to_string(bench.path("runs/grid/grid.svg")).unwrap(),
        result.to_string(),
        output,
    ] {
        assert!(text.contains(blastscope_shared::DISCLAIMER), "{text}");
    }

    let before = bench.json_lines(&["runs", "list", "--json"]);
    assert_eq!(before.len(), 4);
    assert!(
        before
            .iter()
            .all(|r| r["state"] == "finished" && r["protocol"] == "grid"),
        "{before:?}"
    );
    assert!(
        before
            .iter()
            .all(|r| r["test"]["kappa"].is_f64() && r["environment"]["threads"] == 1),
        "{before:?}"
    );
    for file in ["runs.db", "runs.db-wal", "runs.db-shm"] {
        let _ = fs::remove_file(bench.path("runs").join(file));
    }
    let none = bench.fail(&["runs", "list"]);
    assert!(none.contains("runs index"), "{none}");
    // Several at once on a store that is not there yet.
    let index = || {
        let mut command = bench.command(&["runs", "index", "runs"]);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let mut children = [index(), index(), index()];
    assert!(children.iter_mut().all(|c| c.wait().unwrap().success()));
    assert_eq!(
        bench.json_lines(&["runs", "list", "--json"]),
        before,
        "made anew, the store is the same"
    );

    let id = before[0]["id"].as_str().unwrap();
    let shown = bench.succeed(&["runs", "show", id]);
    for word in [
        "recipe optimisation.learning_rate",
        "validation loss",
        "test weighted_f1",
        "libtorch",
        "unknown",
    ] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    let best = bench.json_lines(&["runs", "best", "--by", "loss", "--group", "runs/grid", "--json"]);
    assert_eq!((best.len(), &best[0]["place"]), (2, &1.into()));
    let compared = bench.succeed(&[
        "runs",
        "compare",
        "runs/grid/learning_rate=0.01,epochs=4",
        "runs/grid/learning_rate=0.0001,epochs=4",
    ]);
    assert!(
        compared.contains("recipe optimisation.learning_rate") && compared.contains(" ± "),
        "{compared}"
    );
    assert!(!compared.contains("recipe seed"), "{compared}");

    let other = RECIPE.replace("batch = 8", "batch = 16");
    fs::write(bench.path("other.toml"), other).unwrap();
    let mut changed = grid.clone();
    changed[4] = "other.toml";
    let said = bench.fail(&changed);
    assert!(
        said.contains("optimisation.batch") && said.contains("another --out"),
        "{said}"
    );
}

#[test]
fn a_grid_with_a_bad_point_is_refused_before_anything_is_computed_and_a_dry_run_writes_nothing() {
    let bench = Bench::new();
    let over = |given: &'static str| [&GRID[..], &["--over", given]].concat();
    for (given, word) in [
        ("optimisation.batch=8,1", "at least 2"),
        ("optimisation.bach=8", "nearest"),
        ("network.name=dense,dens", "dens"),
        ("seed=1,1", "twice"),
    ] {
        let said = bench.fail(&over(given));
        assert!(said.contains(word), "{word} in {said}");
    }
    let said = bench.fail(&[&over("epochs=2")[..], &["--folds", "7"]].concat());
    assert!(said.contains("no fold 7"), "{said}");
    let _ = fs::remove_dir_all(bench.path("runs"));
    for command in [
        &over("epochs=2,3")[..],
        &[
            "train",
            "--data",
            "data",
            "--recipe",
            "recipe.toml",
            "--out",
            "runs/a",
        ],
        &[
            "cross-validate",
            "--data",
            "data",
            "--recipe",
            "recipe.toml",
            "--out",
            "runs/cv",
            "--launcher",
            "local:2",
        ],
    ] {
        let said = bench.succeed(&[command, &["--dry-run"]].concat());
        for word in [
            "trainings to do",
            "memory of the largest",
            "ms a cell",
            "tried now",
            "nothing was written",
        ] {
            assert!(said.contains(word), "{word} in {said}");
        }
    }
    let left: Vec<String> = fs::read_dir(bench.folder())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_launcher_killed_with_its_job_loses_nothing_and_folds_as_jobs_equal_folds_in_one_process() {
    let bench = Bench::new();
    let validate = |out: &'static str| {
        [
            "cross-validate",
            "--data",
            "data",
            "--recipe",
            "recipe.toml",
            "--out",
            out,
        ]
    };
    let jobs = [&validate("jobs")[..], &["--launcher", "local"]].concat();
    let mut child = bench
        .command(&jobs)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("fold 0 begins") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "no job began");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The job holds the launcher's standard error no longer than it lives itself.
    said.read_to_string(&mut line).unwrap();
    let record = bench.path("jobs/fold-0/run.lock");
    if let Ok(file) = fs::File::open(record) {
        // Waits until the job, which ends with its launcher, has let go of its folder.
        file.lock().unwrap();
    }
    bench.succeed(&jobs);
    bench.succeed(&validate("whole"));
    for file in [
        "fold-0/best.safetensors",
        "fold-1/predictions.csv",
        "predictions.csv",
        "cross_validation.json",
    ] {
        let read = |out: &str| fs::read(bench.path(out).join(file)).unwrap();
        assert!(read("jobs") == read("whole"), "{file} differs");
    }
    let rows = bench.json_lines(&["runs", "list", "--store", "runs.db", "--json"]);
    assert_eq!(rows.len(), 4);
    assert!(
        rows.iter()
            .all(|r| r["state"] == "finished" && r["protocol"] == "cross-validate"),
        "{rows:?}"
    );
}

#[test]
fn without_slurm_the_launcher_says_what_to_do_and_nothing_is_begun() {
    let bench = Bench::new();
    let mut command = bench.command(&[&GRID[..], &["--over", "epochs=2,3", "--launcher", "slurm"]].concat());
    let output = command.env("PATH", bench.path("data")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    for word in [
        "no sbatch",
        "slurm-client",
        "--launcher local",
        "Nothing was lost",
    ] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(!bench.path("runs").exists());
}
