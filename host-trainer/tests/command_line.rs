//! The program as its users run it, on small drawn cells: trained, killed, gone on with, evaluated.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where it cannot go on

use blastscope_tests::bench::Bench;
use blastscope_tests::small_recipe::RECIPE;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

fn records(run: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let line = |l: &str| {
        let mut record: serde_json::Value = serde_json::from_str(l).unwrap();
        let fields = record.as_object_mut().unwrap();
        fields.remove("seconds");
        fields.remove("pace");
        record
    };
    text.lines().map(line).collect()
}

const TRAIN: [&str; 4] = ["--recipe", "recipe.toml", "--fold", "1"];

/// `ACTION --data data` with more arguments.
fn on_data<'a>(action: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[action, "--data", "data"], more].concat()
}

#[test]
fn a_run_killed_between_epochs_ends_equal_to_one_that_was_not() {
    let bench = Bench::new();
    let train = |out: &'static str| [&TRAIN[..], &["--out", out]].concat();
    bench.succeed(&on_data("train", &train("whole")));
    for after in [1, 3] {
        let mut child = bench
            .command(&on_data("train", &train("killed")))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let wanted = format!("epoch {after}/");
        let seen = lines.map_while(Result::ok).any(|l| l.starts_with(&wanted));
        // SIGKILL: nothing is written or closed any more.
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen, "epoch {after} was announced");
    }
    let said = bench.succeed(&on_data("train", &train("killed")));
    assert!(!said.contains("epoch 1/12"), "{said}");
    assert_eq!(records(&bench.path("killed")), records(&bench.path("whole")));
    for file in ["best.safetensors", "last-0012.safetensors", "last.json"] {
        let read = |run: &str| fs::read(bench.path(run).join(file)).unwrap();
        assert!(read("killed") == read("whole"), "{file} differs");
    }
}

#[test]
fn folds_are_trained_evaluated_and_gathered_and_a_second_call_does_nothing_twice() {
    let bench = Bench::new();
    let validate = ["--recipe", "recipe.toml", "--out", "cv"];
    let said = bench.succeed(&on_data(
        "cross-validate",
        &[&validate[..], &["--folds", "1"]].concat(),
    ));
    assert!(said.contains("folds to do: 0"), "{said}");
    let said = bench.succeed(&on_data("cross-validate", &validate));
    assert!(
        said.contains("fold 1 is done already") && said.contains("over 2 folds"),
        "{said}"
    );
    let cv = bench.path("cv");
    for file in [
        "split.json",
        "calibration.json",
        "predictions.csv",
        "cross_validation.svg",
    ] {
        assert!(cv.join(file).exists(), "{file}");
    }
    let text = fs::read_to_string(cv.join("cross_validation.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["pooled"]["network"]["cells"], 44);
    assert_eq!(json["folds"].as_array().unwrap().len(), 2);
    let mean = |set: &str| json[set]["auc"]["mean"].as_f64().unwrap();
    assert!(mean("network") > 0.8 && mean("area") > 0.8, "{text}");
    assert!(text.contains(blastscope_shared::DISCLAIMER));

    let again = bench.succeed(&on_data("cross-validate", &validate));
    assert!(!again.contains("epoch 1/12"), "{again}");
    assert_eq!(
        fs::read_to_string(cv.join("cross_validation.json")).unwrap(),
        text
    );
    let said = bench.succeed(&on_data("evaluate", &["--run", "cv/fold-0", "--cache", "cache"]));
    assert!(
        said.contains("weighted F1") && said.contains("report.svg"),
        "{said}"
    );

    let other = RECIPE.replace("learning_rate = 0.01", "learning_rate = 0.02");
    fs::write(bench.path("other.toml"), other).unwrap();
    let said = bench.fail(&on_data(
        "cross-validate",
        &["--recipe", "other.toml", "--out", "cv"],
    ));
    assert!(
        said.contains("optimisation of the recipe") && said.contains("another --out"),
        "{said}"
    );
}

#[test]
fn a_split_file_is_written_used_and_refused_when_it_names_absent_subjects() {
    let bench = Bench::new();
    let said = bench.succeed(&on_data(
        "split",
        &["--out", "split.json", "--folds", "3", "--seed", "5"],
    ));
    assert!(
        said.contains("fold 2 test") && said.contains("24 all of 4 subject groups"),
        "{said}"
    );
    let train = [
        "--recipe",
        "recipe.toml",
        "--out",
        "run",
        "--split",
        "split.json",
        "--pause-after",
        "1",
    ];
    let said = bench.succeed(&on_data("train", &[&train[..], &["--fold", "2"]].concat()));
    assert!(said.contains("paused"), "{said}");
    assert!(
        bench
            .fail(&on_data("train", &[&train[..], &["--fold", "3"]].concat()))
            .contains("no fold 3")
    );
    assert!(
        bench
            .fail(&on_data("evaluate", &["--run", "run"]))
            .contains("has not ended")
    );
    let text = fs::read_to_string(bench.path("split.json")).unwrap();
    fs::write(bench.path("split.json"), text.replace("\"H10\"", "\"H99\"")).unwrap();
    let said = bench.fail(&on_data("train", &train));
    for word in ["split.json", "does not hold", "H99", "blastscope-train split"] {
        assert!(said.contains(word), "{word} in {said}");
    }
}

#[test]
fn a_release_has_no_test_cells_and_bad_input_ends_with_a_message() {
    let bench = Bench::new();
    let all = [
        "--recipe",
        "recipe.toml",
        "--out",
        "all",
        "--all",
        "--epochs",
        "2",
    ];
    let said = bench.succeed(&on_data("train", &all));
    assert!(said.contains("weights of epoch 2 are kept"), "{said}");
    assert!(
        bench
            .fail(&on_data("evaluate", &["--run", "all"]))
            .contains("no test cells")
    );
    fs::write(bench.path("wrong.toml"), RECIPE.replace("seed = 3", "seeed = 3")).unwrap();
    let said = bench.fail(&on_data("train", &["--recipe", "wrong.toml", "--out", "x"]));
    assert!(said.contains("wrong.toml") && said.contains("seeed"), "{said}");
    assert!(!bench.path("x").exists(), "nothing is half-written");
    fs::write(bench.path("data/fold_0/all/UID_1_1_1_all.bmp"), b"BMnonsense").unwrap();
    let said = bench.fail(&on_data("train", &["--recipe", "recipe.toml", "--out", "y"]));
    assert!(
        said.contains("UID_1_1_1_all.bmp") && said.contains("--skip-unreadable"),
        "{said}"
    );
    assert!(!bench.path("y").exists());
}
