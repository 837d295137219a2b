//! Splits by subject and with a hold-out, and their files.

use super::drawn_cells::draw_folders;
use super::tests::{collection, drawn};
use super::*;
use crate::ErrorKind;
use std::collections::BTreeSet;
use std::fs;

fn plan(folds: usize, seed: u64) -> SplitPlan {
    SplitPlan {
        folds,
        seed,
        validation_share: 0.25,
        holdout: 0.0,
        unit: SplitUnit::Subject,
    }
}

#[test]
fn a_split_is_disjoint_by_subject_balanced_and_reproducible() {
    let dir = tempfile::tempdir().unwrap();
    let sizes: Vec<(String, usize)> = (1..=14)
        .map(|i| (format!("A{i}"), 3 + i * i % 11))
        .chain((1..=9).map(|i| (format!("H{i}"), 2 + i * i % 7)))
        .collect();
    let subjects: Vec<(&str, usize)> = sizes.iter().map(|s| (s.0.as_str(), s.1)).collect();
    draw_folders(dir.path(), &subjects, "png");
    let read = collection(dir.path());
    let groups = read.groups();
    for seed in 0..20 {
        let split = plan(4, seed).split(&read).unwrap();
        split.check(&read).unwrap();
        assert_eq!(split, plan(4, seed).split(&read).unwrap());
        for label in 0..2 {
            let cells = |names: &[String]| names.iter().map(|g| groups[g][label]).sum::<usize>();
            let tests: Vec<usize> = split.folds().iter().map(|f| cells(&f.test)).collect();
            let largest = groups.values().map(|c| c[label]).max().unwrap();
            let spread = tests.iter().max().unwrap() - tests.iter().min().unwrap();
            assert!(spread <= largest, "{tests:?}");
            assert_eq!(
                tests.iter().sum::<usize>(),
                cells(&groups.keys().cloned().collect::<Vec<_>>())
            );
            for fold in split.folds() {
                let (train, validation) = (cells(&fold.train) as f64, cells(&fold.validation) as f64);
                let share = validation / (train + validation);
                assert!((0.15..0.4).contains(&share), "{share}");
                assert!(fold.validation.iter().filter(|g| groups[*g][label] > 0).count() >= 2);
            }
        }
    }
    let tests = |seed| plan(4, seed).split(&read).unwrap().folds()[0].clone();
    assert!((1..20).any(|s| tests(s) != tests(0)), "the seed matters");
}

#[test]
fn a_hold_out_is_the_test_of_every_fold_and_each_other_subject_validates_once() {
    let dir = tempfile::tempdir().unwrap();
    let sizes: Vec<(String, usize)> = (1..=14)
        .map(|i| (format!("A{i}"), 3 + i * i % 11))
        .chain((1..=9).map(|i| (format!("H{i}"), 2 + i * i % 7)))
        .collect();
    let subjects: Vec<(&str, usize)> = sizes.iter().map(|s| (s.0.as_str(), s.1)).collect();
    draw_folders(dir.path(), &subjects, "png");
    let read = collection(dir.path());
    let groups = read.groups();
    for seed in 0..10 {
        let plan = SplitPlan {
            holdout: 0.2,
            ..plan(5, seed)
        };
        let split = plan.split(&read).unwrap();
        split.check(&read).unwrap();
        assert_eq!(split.fingerprint(), plan.split(&read).unwrap().fingerprint());
        assert!(split.has_holdout());
        let held = &split.folds()[0].test;
        for label in 0..2 {
            let cells = |names: &[String]| names.iter().map(|g| groups[g][label]).sum::<usize>() as f64;
            let total: f64 = groups.values().map(|c| c[label] as f64).sum();
            assert!((0.1..0.3).contains(&(cells(held) / total)), "{held:?}");
        }
        let mut validated: Vec<&String> = Vec::new();
        for fold in split.folds() {
            assert_eq!(fold.test, *held);
            validated.extend(&fold.validation);
            assert_eq!(
                fold.train.len() + fold.validation.len() + held.len(),
                groups.len()
            );
        }
        let once: BTreeSet<&String> = validated.iter().copied().collect();
        assert_eq!(
            (once.len(), validated.len()),
            (groups.len() - held.len(), once.len())
        );
        let path = dir.path().join("split.json");
        split.write(&path).unwrap();
        assert_eq!(Split::read(&path, &read).unwrap(), split);
    }
    let plan = SplitPlan {
        holdout: 0.2,
        ..plan(9, 1)
    };
    let message = plan.split(&read).unwrap_err().to_string();
    assert!(
        message.contains("a hold-out are too many for 9 subject groups"),
        "{message}"
    );
    let plan = SplitPlan { holdout: 0.6, ..plan };
    assert!(
        plan.split(&read)
            .unwrap_err()
            .to_string()
            .contains("split.holdout")
    );
}

#[test]
fn too_many_folds_are_refused_with_the_label_that_lacks_subjects() {
    let read = collection(drawn("png").path());
    let message = plan(5, 1).split(&read).unwrap_err().to_string();
    assert!(
        message.contains("5 folds are too many for 4 subject groups of \"all\""),
        "{message}"
    );
    assert_eq!(plan(1, 1).split(&read).unwrap_err().kind(), ErrorKind::Recipe);
}

#[test]
fn a_split_file_comes_back_and_a_wrong_one_is_refused_by_name() {
    let dir = drawn("png");
    let read = collection(dir.path());
    let path = dir.path().join("split.json");
    let split = plan(3, 1).split(&read).unwrap();
    split.write(&path).unwrap();
    assert_eq!(Split::read(&path, &read).unwrap(), split);
    assert_eq!(
        split.fingerprint(),
        Split::read(&path, &read).unwrap().fingerprint()
    );

    let text = fs::read_to_string(&path).unwrap();
    let all: Vec<String> = split.folds()[0]
        .train
        .iter()
        .filter(|g| g.starts_with('A'))
        .cloned()
        .collect();
    let moved = &all[0];
    let first_label = |f: &Fold| f.test.iter().filter(|g| g.starts_with('A')).count();
    let large = split.folds().iter().position(|f| first_label(f) > 1).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        json.to_string()
    };
    let cases = [
        (text.replace("\"A10\"", "\"A77\""), vec!["does not hold", "A77"]),
        (changed(&|j| j["version"] = 9.into()), vec!["version 9"]),
        (
            changed(&|j| {
                j["folds"][0]["test"]
                    .as_array_mut()
                    .unwrap()
                    .push(moved.clone().into());
            }),
            vec![moved, "under test and under train"],
        ),
        (
            changed(&|j| _ = j["folds"][large]["test"].as_array_mut().unwrap().remove(0)),
            vec!["leaves out"],
        ),
        (
            changed(&|j| j["folds"][0]["train"] = serde_json::json!(all)),
            vec!["has no \"hem\" under train"],
        ),
        (
            changed(&|j| j["folds"][1] = j["folds"][0].clone()),
            vec!["is tested in fold 0 and in fold 1"],
        ),
        (
            changed(&|j| j["folds"] = serde_json::json!([])),
            vec!["has no folds"],
        ),
        (changed(&|j| j["extra"] = 1.into()), vec!["extra"]),
        ("{".to_owned(), vec!["not a split file"]),
    ];
    for (text, words) in cases {
        fs::write(&path, text).unwrap();
        let error = Split::read(&path, &read).unwrap_err();
        let message = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Split);
        for word in words.into_iter().chain(["split.json", "blastscope-train split"]) {
            assert!(message.contains(word), "{word} in {message}");
        }
    }
}
