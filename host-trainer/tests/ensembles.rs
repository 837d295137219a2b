//! Ensembles and students on the command line, on small drawn cells.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops where it cannot go on

use blastscope_shared::DISCLAIMER;
use blastscope_tests::bench::Bench;
use blastscope_tests::drawn_cells::{EIGHT, draw_cell, official_name};
use serde_json::Value;
use std::fs;

/// Members and weights of every ensemble.
fn chosen(all: &Value) -> Vec<Value> {
    let of = |e: &Value| {
        let members = e["members"].as_array().unwrap().iter();
        let members: Vec<Value> = members
            .map(|m| serde_json::json!([m["sha256"], m["weight"]]))
            .collect();
        serde_json::json!([e["name"], members])
    };
    all["ensembles"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn the_protocol_goes_on_where_it_stopped_and_its_choice_does_not_depend_on_the_hold_out() {
    let bench = Bench::new();
    let wen = "protocol wen2025 --data data --recipe recipe.toml --epochs 2 --rates 1e-2,1e-3 --out wen";
    let said = bench.succeed(&format!("{wen} --folds 1"));
    assert!(
        said.contains("split.holdout = 0.2") && said.contains("runs to do"),
        "{said}"
    );
    let runs = [
        "lr-1e-2/fold-0",
        "lr-1e-2/fold-1",
        "lr-1e-3/fold-0",
        "lr-1e-3/fold-1",
    ];
    // Until all are trained nothing is said of a cell of the hold-out.
    assert!(bench.path("wen/lr-1e-3/fold-1/calibration.json").exists());
    assert!(!bench.path("wen/lr-1e-3/fold-1/predictions.csv").exists());
    let said = bench.succeed(wen);
    assert!(
        said.contains("learning rate 1e-2, fold 1: done already"),
        "{said}"
    );
    assert!(
        said.contains(DISCLAIMER) && said.contains("2 members of rate 1e-3, each alone"),
        "{said}"
    );

    let text = fs::read_to_string(bench.path("wen/ensembles/ensembles.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let ensembles = all["ensembles"].as_array().unwrap();
    // Two of Inter-LR and one of Intra-LR, each by accuracy, F1, kappa, equal and optimised weights.
    assert_eq!(ensembles.len(), 15);
    for ensemble in ensembles {
        let weights = ensemble["members"].as_array().unwrap().iter();
        let sum: f64 = weights.map(|m| m["weight"].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{ensemble}");
        assert!(ensemble["test"]["values"]["kappa"].is_f64(), "{ensemble}");
        let name = ensemble["name"].as_str().unwrap();
        for file in ["ensemble.json", "predictions.csv", "report.json", "report.svg"] {
            assert!(
                bench.path("wen/ensembles").join(name).join(file).exists(),
                "{name}/{file}"
            );
        }
    }
    for file in ["ensembles.md", "ensembles.svg"] {
        let text = fs::read_to_string(bench.path("wen/ensembles").join(file)).unwrap();
        assert!(
            text.contains(DISCLAIMER) && text.contains("intra-lr-kappa"),
            "{file}"
        );
    }

    let again = bench.succeed(wen);
    assert!(!again.contains("epoch 1/2"), "{again}");
    assert_eq!(
        fs::read_to_string(bench.path("wen/ensembles/ensembles.json")).unwrap(),
        text
    );

    // With every label of the hold-out turned round.
    for run in runs {
        let path = bench.path("wen").join(run).join("predictions.csv");
        let text = fs::read_to_string(&path).unwrap();
        let turned = text.lines().map(|l| {
            let mut fields: Vec<&str> = l.split(',').collect();
            fields[2] = match fields[2] {
                "all" => "hem",
                "hem" => "all",
                other => other,
            };
            fields.join(",") + "\n"
        });
        fs::write(&path, turned.collect::<String>()).unwrap();
    }
    bench.succeed("ensemble --protocol wen --out turned");
    let turned = bench.json("turned/ensembles.json");
    assert_eq!(chosen(&turned), chosen(&all));
    let accuracy = |all: &Value| {
        all["ensembles"][0]["test"]["values"]["accuracy"]
            .as_f64()
            .unwrap()
    };
    assert!((accuracy(&turned) + accuracy(&all) - 1.0).abs() < 1e-9);

    let printed = bench.run("ensemble --protocol wen --out turned --kind intra-lr --weights kappa --json");
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(printed["ensembles"].as_array().unwrap().len(), 1);

    bench.refuse(
        "ensemble --members wen/lr-1e-2/fold-0 --out one",
        &["one member", "two runs"],
    );
    bench.refuse(
        "cross-validate --data data --recipe recipe.toml --set split.holdout=0.2 --out cv",
        &["same hold-out", "split.holdout=0", "protocol wen2025"],
    );
    fs::remove_file(bench.path("wen/lr-1e-2/fold-0/report.json")).unwrap();
    bench.refuse("ensemble --protocol wen", &["lr-1e-2/fold-0", "evaluate --run"]);
}

#[test]
fn a_student_says_what_its_teacher_says_and_goes_on_to_the_byte() {
    let bench = Bench::new();
    // The teacher sees the cells of the other class under each name: it learns the opposite of the labels, so
    // that a student of the labels alone cannot come near to it.
    for (subject, count) in EIGHT {
        let (letter, id) = subject.split_at(1);
        let other = format!("{}{id}", if letter == "A" { "H" } else { "A" });
        for number in 0..*count {
            let path = bench.path("turned").join(official_name(subject, number, "bmp"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            draw_cell(&other, number).save(path).unwrap();
        }
    }
    let last = "--set early_stopping.metric=last-epoch";
    let common = format!("--data data --cache cache --recipe recipe.toml {last}");
    bench.succeed(&format!(
        "train --data turned --cache turned-cache --recipe recipe.toml {last} --out teacher"
    ));
    bench.refuse(
        &format!("distill {common} --teachers teacher --out early"),
        &["has not been evaluated", "evaluate --run"],
    );
    bench.succeed("evaluate --data turned --cache turned-cache --run teacher");
    let distill =
        format!("distill {common} --teachers teacher --seed 9 --alpha 1 --temperature 2 --features 0.1");
    bench.succeed(&format!("{distill} --out student"));
    bench.succeed(&format!("train {common} --seed 9 --out plain"));
    for run in ["student", "plain"] {
        bench.succeed(&format!("evaluate --data data --cache cache --run {run}"));
    }
    let auc = |run: &str| {
        let report = bench.json(&format!("{run}/report.json"));
        report["network"]["values"]["auc"].as_f64().unwrap()
    };
    let (student, plain) = (auc("student"), auc("plain"));
    assert!(student < 0.25 && plain > 0.75, "{student} and {plain}");
    let written = bench.json("student/distillation.json");
    assert_eq!(written["disclaimer"], DISCLAIMER);
    // Teacher and student have the same fold: what validates the one trained neither, but chose its epoch.
    assert!(!written["warnings"].as_array().unwrap().is_empty(), "{written}");

    let said = bench.succeed(&format!("{distill} --out paused --pause-after 5"));
    assert!(said.contains("WARNING: teachers learnt from"), "{said}");
    bench.succeed(&format!("{distill} --out paused"));
    for file in ["best.safetensors", "last-0012.safetensors"] {
        let read = |run: &str| fs::read(bench.path(run).join(file)).unwrap();
        assert!(read("student") == read("paused"), "{file} differs");
    }
    bench.refuse(
        &format!("distill {common} --teachers teacher --seed 9 --alpha 0.5 --out paused"),
        &["distillation of the recipe", "another --out"],
    );
}

#[test]
fn a_teacher_that_learnt_from_the_students_test_is_refused_by_name() {
    let bench = Bench::new();
    let common = "--data data --recipe recipe.toml";
    bench.succeed(&format!("train {common} --epochs 1 --fold 1 --out teacher"));
    bench.succeed("evaluate --data data --cache cache --run teacher");
    let run = bench.json("teacher/run.json");
    let learnt: Vec<&str> = ["train", "validation"]
        .iter()
        .flat_map(|s| run["subjects"][s].as_array().unwrap())
        .map(|s| s.as_str().unwrap())
        .collect();
    // What fold 0 tests, fold 1 of two learns from.
    bench.refuse(
        &format!("distill {common} --fold 0 --teachers teacher --out student"),
        &[&["leak", "teacher", "--split"][..], &learnt].concat(),
    );
    assert!(!bench.path("student/run.json").exists());
    bench.refuse(
        &format!("distill {common} --fold 1 --teachers teacher --alpha 2 --out student"),
        &["distillation.alpha: 0 to 1"],
    );
}

#[test]
fn the_members_of_an_ensemble_teach_by_their_weights() {
    let bench = Bench::new();
    let wen = "protocol wen2025 --data data --recipe recipe.toml --epochs 1 --rates 1e-2,1e-3 --out wen";
    bench.succeed(wen);
    let file = "wen/ensembles/intra-lr-kappa/ensemble.json";
    let distill = format!(
        "distill --data data --cache cache --recipe recipe.toml --ensemble {file} --split wen/split.json --set \
         input.size=48 --epochs 1 --out student"
    );
    bench.succeed(&distill);
    let recipe = fs::read_to_string(bench.path("student/recipe.toml")).unwrap();
    let of = bench.json(file);
    let voters = of["members"].as_array().unwrap().iter();
    let voters = voters.filter(|m| m["weight"].as_f64().unwrap() > 0.0).count();
    assert_eq!(
        recipe.matches("[[distillation.teachers]]").count(),
        voters,
        "{recipe}"
    );

    // A member that is trained anew is another one.
    fs::copy(
        bench.path("student/best.safetensors"),
        bench.path("wen/lr-1e-2/fold-0/best.safetensors"),
    )
    .unwrap();
    fs::copy(
        bench.path("student/best.safetensors"),
        bench.path("wen/lr-1e-2/fold-1/best.safetensors"),
    )
    .unwrap();
    bench.refuse(&distill, &["was trained again", "ensemble again"]);
}
