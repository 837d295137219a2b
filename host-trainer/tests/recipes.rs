//! Recipes on the command line: listed, found by name, changed by `--set`, refused before anything is computed.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where it cannot go on

use blastscope_tests::bench::Bench;
use blastscope_tests::drawn_cells::{EIGHT, draw_folders};
use blastscope_tests::small_recipe::RECIPE;
use std::fs;
use std::path::Path;
use std::process::Output;

/// A folder with drawn cells and with `recipes/small.toml`.
fn bench() -> Bench {
    let bench = Bench::with_recipe("recipes/small.toml", RECIPE);
    fs::create_dir_all(bench.path("recipes/baselines")).unwrap();
    bench
}

fn run(bench: &Bench, arguments: &[&str]) -> Output {
    let mut command = bench.command(arguments);
    command.env("BLASTSCOPE_WEIGHTS", bench.path("weights"));
    command.output().unwrap()
}

fn train(bench: &Bench, arguments: &[&str]) -> Output {
    let train = ["train", "--data", "data", "--recipe", "small", "--out", "run"];
    run(bench, &[&train, arguments].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_recipes_of_the_repository_are_listed_and_can_all_be_run() {
    let bench = bench();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recipes");
    let output = run(&bench, &["recipes", "--json", folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let find = |name: &str| rows.iter().find(|r| r["name"] == name).unwrap();
    assert_eq!(find("mantri2024")["network"], "efficientnet_b3");
    assert_eq!(find("batool2023-all4")["data"], "all-4");
    assert!(find("wen2025")["parameters"].as_u64().unwrap() > 50_000_000);
    assert!(find("muntasa2025")["claims"].as_str().unwrap().contains("97.12"));
    let output = run(&bench, &["recipes", folder.to_str().unwrap()]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(table.lines().count(), rows.len() + 2);
    assert!(table.contains(blastscope_shared::DISCLAIMER));
}

#[test]
fn a_recipe_that_cannot_be_run_is_named_and_the_rest_is_listed() {
    let bench = bench();
    fs::write(
        bench.path("recipes/baselines/wrong.toml"),
        RECIPE.replace("batch = 8", "bach = 8"),
    )
    .unwrap();
    let output = run(&bench, &["recipes"]);
    assert_eq!(output.status.code(), Some(1));
    let told = said(&output);
    assert!(
        told.contains("wrong.toml") && told.contains("nearest known one is \"batch\""),
        "{told}"
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("small"));
}

#[test]
fn a_run_keeps_the_recipe_with_what_was_set() {
    let bench = bench();
    let output = train(
        &bench,
        &[
            "--set",
            "optimisation.batch=4",
            "--set",
            "network.dropout=0.3",
            "--epochs",
            "1",
        ],
    );
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("1 epochs in place of the recipe's"),
        "{}",
        said(&output)
    );
    let kept: toml::Table = fs::read_to_string(bench.path("run/recipe.toml"))
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(kept["optimisation"]["batch"].as_integer(), Some(4));
    assert_eq!(kept["optimisation"]["epochs"].as_integer(), Some(1));
    assert_eq!(kept["network"]["dropout"].as_float(), Some(0.3));
    let output = train(&bench, &["--set", "optimisation.batch=8", "--epochs", "1"]);
    assert!(
        said(&output).contains("optimisation of the recipe"),
        "{}",
        said(&output)
    );
}

#[test]
fn what_cannot_be_trained_is_refused_before_anything_is_written() {
    let bench = bench();
    for (arguments, words) in [
        (
            vec!["--set", "optimisation.bach=4"],
            ["nearest known one is \"batch\"", "--set optimisation.bach=4"],
        ),
        (
            vec!["--set", "network.dropuot=0.1"],
            ["nearest known one is \"dropout\"", "[network]"],
        ),
        (
            vec!["--set", "network.name=dens"],
            ["\"dens\" is unknown", "dense"],
        ),
        (
            vec!["--set", "network.head={ kind = \"singel\" }"],
            ["network.head", "single"],
        ),
        (
            vec![
                "--set",
                "network={ name = \"inception_v3\" }",
                "--set",
                "input.size=48",
            ],
            ["input.size", "75 px"],
        ),
        (
            vec!["--set", "pretrained.weights=none.safetensors"],
            ["none.safetensors", "--pretrained FILE"],
        ),
        (
            vec!["--pretrained", "recipes/small.toml"],
            ["small.toml", "pretrained.weights"],
        ),
        (
            vec![
                "--set",
                "stages=[{ epochs = 1, train = [\"stage9\"] }]",
                "--set",
                "optimisation.epochs=0",
            ],
            ["\"stage9\"", "nearest one is \"stage"],
        ),
    ] {
        let output = train(&bench, &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        let told = said(&output);
        assert!(words.iter().all(|w| told.contains(w)), "{arguments:?}: {told}");
        assert!(
            !bench.path("run").exists() && !bench.path("cache").exists(),
            "{arguments:?}"
        );
    }
    let output = run(
        &bench,
        &["train", "--data", "data", "--recipe", "smal", "--out", "run"],
    );
    assert!(
        said(&output).contains("the nearest one is \"small\""),
        "{}",
        said(&output)
    );
}

#[test]
fn a_data_set_of_one_class_or_of_one_subject_is_refused() {
    let bench = bench();
    for (subjects, word) in [(&EIGHT[..4], "all"), (&EIGHT[4..], "hem")] {
        let folder = tempfile::tempdir_in(bench.folder()).unwrap();
        draw_folders(folder.path(), subjects, "bmp");
        let output = run(
            &bench,
            &[
                "train",
                "--data",
                folder.path().to_str().unwrap(),
                "--recipe",
                "small",
                "--out",
                "run",
            ],
        );
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said(&output).contains(word) && said(&output).contains("add pictures"),
            "{}",
            said(&output)
        );
        assert!(!bench.path("run").exists());
    }
}
