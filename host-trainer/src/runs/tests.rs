use super::*;
use crate::train::Recipe;
use blastscope_tests::small_recipe::RECIPE;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

/// A run folder as training leaves it, without weights.
fn draw_run(folder: &Path, rate: &str, fold: usize, loss: f64) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let text = RECIPE.replace("learning_rate = 0.01", &format!("learning_rate = {rate}"));
    fs::write(
        folder.join("recipe.toml"),
        Recipe::parse(&text).unwrap().to_toml().unwrap(),
    )
    .unwrap();
    let run = serde_json::json!({
        "version": 1, "fold": fold, "labels": ["all", "hem"], "data": "d1",
        "subjects": { "train": ["A1"], "validation": ["A2"], "test": ["A3"] },
    });
    fs::write(folder.join("run.json"), run.to_string()).unwrap();
    let epoch = |epoch: usize, loss: f64, best: bool| {
        let validation = serde_json::json!({ "loss": loss, "weighted_f1": 1.0 - loss });
        serde_json::json!({ "epoch": epoch, "steps": 4 * epoch, "seconds": 0.5, "best": best, "validation": validation })
    };
    let lines = [
        epoch(1, loss, true).to_string(),
        epoch(2, 2.0 * loss, false).to_string(),
    ];
    fs::write(
        folder.join("metrics.jsonl"),
        lines.join("\n") + "\n{\"epoch\": 3, \"cut",
    )
    .unwrap();
    folder.to_owned()
}

fn environment() -> Environment {
    Environment::here(tch::Device::Cpu)
}

/// A grid of two points with two folds, finished.
fn draw_grid(root: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for (rate, loss) in [("0.01", 0.5), ("0.001", 0.25)] {
        for fold in 0..2 {
            let folder = root.join(format!("rate={rate}/seed-3/fold-{fold}"));
            draw_run(&folder, rate, fold, loss + 0.1 * fold as f64);
            let mut origin = RunOrigin::to("grid", Some("../.."));
            origin.point.insert("learning_rate".into(), rate.into());
            Record::begin(&folder, origin, environment()).unwrap();
            Record::end(&folder, State::Finished, None).unwrap();
            folders.push(folder);
        }
    }
    folders
}

#[test]
fn a_store_made_anew_from_the_folders_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let folders = draw_grid(&dir.path().join("grid"));
    let old = draw_run(&dir.path().join("cv/fold-1"), "0.1", 1, 0.9);
    fs::write(dir.path().join("cv/split.json"), "{}").unwrap();
    let mut store = RunStore::open(&dir.path().join("runs.db")).unwrap();
    for folder in folders.iter().chain([&old]) {
        store.record(folder).unwrap();
        store.record(folder).unwrap();
    }
    let mut anew = RunStore::open(&dir.path().join("anew.db")).unwrap();
    let (count, faults) = anew.index(dir.path()).unwrap();
    assert_eq!((count, faults.len()), (5, 0));
    let rows = store.rows().unwrap();
    assert_eq!(rows, anew.rows().unwrap());
    assert_eq!(rows.len(), 5);
    // Written before there were records: time and place are unknown, the rest is read from the folder.
    let first = &rows[0];
    assert_eq!(
        (first.started.as_deref(), first.protocol.as_str(), first.fold),
        (None, "cross-validate", Some(1))
    );
    assert_eq!((first.epochs, first.steps, first.seconds), (2, 8, 1.0));
    assert_eq!(first.validation["loss"], 0.9);
    assert!(
        rows[1]
            .environment
            .as_ref()
            .is_some_and(|e| e.libtorch.starts_with("2.") && e.threads > 0)
    );

    fs::remove_dir_all(dir.path().join("cv")).unwrap();
    fs::write(folders[0].join("recipe.toml"), "name = 3").unwrap();
    let (count, faults) = anew.index(dir.path()).unwrap();
    assert_eq!((count, faults.len()), (3, 1));
    assert_eq!(
        anew.rows().unwrap().len(),
        4,
        "what is damaged stays as it was known, what is gone goes"
    );
}

#[test]
fn a_run_that_is_taken_up_again_keeps_its_id_and_one_that_was_killed_is_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let folder = draw_run(&dir.path().join("run"), "0.01", 0, 0.5);
    let first = Record::begin(&folder, RunOrigin::alone(), environment()).unwrap();
    assert_eq!(Row::of_folder(&folder).unwrap().state_now(), State::Running);
    let again = Record::begin(&folder, RunOrigin::alone(), environment()).unwrap();
    assert_eq!((&first.id, &first.started), (&again.id, &again.started));
    // Another process had this number.
    let path = folder.join("record.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    record["process"]["ticks"] = 1.into();
    fs::write(&path, record.to_string()).unwrap();
    let row = Row::of_folder(&folder).unwrap();
    assert_eq!((row.state, row.state_now()), (State::Running, State::Interrupted));
    Record::end_killed(&folder).unwrap();
    assert_eq!(Row::of_folder(&folder).unwrap().state, State::Interrupted);
    Record::end(&folder, State::Failed, Some("no room".into())).unwrap();
    Record::end_killed(&folder).unwrap();
    let row = Row::of_folder(&folder).unwrap();
    assert_eq!(
        (row.state, row.problem.as_deref()),
        (State::Failed, Some("no room"))
    );
}

#[test]
fn foreign_damaged_and_newer_stores_are_refused_with_the_remedy_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runs.db");
    let said = |path: &Path| RunStore::open(path).unwrap_err().to_string();
    let none = RunStore::open_existing(&path).unwrap_err().to_string();
    assert!(none.contains("runs index") && !path.exists(), "{none}");
    fs::write(&path, vec![b'x'; 4096]).unwrap();
    let text = said(&path);
    assert!(text.contains("runs.db") && text.contains("runs index"), "{text}");
    assert_eq!(fs::read(&path).unwrap(), vec![b'x'; 4096]);
    fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    assert!(said(&path).contains("another program"));
    fs::remove_file(&path).unwrap();
    drop(RunStore::open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let text = said(&path);
    assert!(text.contains("newer version") && text.contains("99"), "{text}");
}

#[test]
fn a_store_that_fails_stops_no_training() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runs.db");
    fs::write(&path, "no database, long enough to be looked at as one: it has more than a hundred bytes of this kind in it").unwrap();
    let folder = draw_run(&dir.path().join("run"), "0.01", 0, 0.5);
    let mut recorder = Recorder::into_store(&path, tch::Device::Cpu);
    recorder.begin(&folder, &RunOrigin::alone());
    recorder.end(&folder, State::Finished, None);
    assert_eq!(Record::read(&folder).unwrap().unwrap().state, State::Finished);
    // Nor does a record that cannot be written: a folder stands in its place.
    fs::remove_file(folder.join("record.json")).unwrap();
    fs::create_dir(folder.join("record.json")).unwrap();
    recorder.begin(&folder, &RunOrigin::alone());
}

#[test]
fn writers_of_one_store_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let folders = draw_grid(dir.path());
    let path = dir.path().join("runs.db");
    std::thread::scope(|scope| {
        for folder in &folders {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..5 {
                    RunStore::open(path).unwrap().record(folder).unwrap();
                }
            });
        }
    });
    assert_eq!(RunStore::open(&path).unwrap().rows().unwrap().len(), 4);
}

#[test]
fn runs_are_found_by_id_and_folder_and_groups_by_their_folders() {
    let dir = tempfile::tempdir().unwrap();
    let folders = draw_grid(&dir.path().join("grid"));
    let mut store = RunStore::open(&dir.path().join("runs.db")).unwrap();
    store.index(dir.path()).unwrap();
    let row = store.find(folders[2].to_str().unwrap()).unwrap();
    assert_eq!(store.find(&row.id).unwrap(), row);
    assert!(
        store
            .find("nothing")
            .unwrap_err()
            .to_string()
            .contains("runs list")
    );
    let count = |given: &str| store.group(given).unwrap().len();
    assert_eq!(count(dir.path().join("grid").to_str().unwrap()), 4);
    assert_eq!(
        (
            count("grid"),
            count("rate=0.01"),
            count("grid/rate=0.01"),
            count("rate")
        ),
        (4, 2, 2, 0)
    );
}

#[test]
fn the_best_is_found_in_the_direction_of_the_figure_and_differences_stand_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    draw_grid(&dir.path().join("grid"));
    let mut store = RunStore::open(&dir.path().join("runs.db")).unwrap();
    store.index(dir.path()).unwrap();
    let rows = store.rows().unwrap();
    for figure in ["loss", "weighted_f1"] {
        let ranked = rank(&rows, figure, Side::Validation).unwrap();
        assert!(ranked[0].folder.ends_with("rate=0.001"), "{ranked:?}");
        assert_eq!((ranked.len(), ranked[0].runs.len()), (2, 2));
    }
    let spread = rank(&rows, "loss", Side::Validation).unwrap()[0].figure;
    assert!(
        (spread.mean - 0.3).abs() < 1e-9 && (spread.sd - 0.05f64.sqrt() * 0.1f64.sqrt()).abs() < 1e-9,
        "{spread:?}"
    );
    let said = rank(&rows, "weighted_f2", Side::Validation)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("nearest one is \"weighted_f1\"") && said.contains("loss"),
        "{said}"
    );
    assert!(
        rank(&rows, "auc", Side::Test)
            .unwrap_err()
            .to_string()
            .contains("test cells yet")
    );

    let group = |name: &str| (name.to_owned(), store.group(name).unwrap());
    let compared = compare(&[group("rate=0.01"), group("rate=0.001")]);
    assert_eq!(compared.differing, ["optimisation.learning_rate"]);
    assert_eq!(compared.columns[0].recipe["optimisation.learning_rate"], "0.01");
    assert!((compared.columns[1].validation["loss"].mean - 0.3).abs() < 1e-9);
    assert!(compared.same_data && compared.test.is_empty());
}
