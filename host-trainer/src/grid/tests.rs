use super::*;
use crate::train::{RateStep, Recipe, Schedule};
use blastscope_tests::small_recipe::RECIPE;
use std::path::Path;

fn small() -> Recipe {
    Recipe::parse(RECIPE).unwrap()
}

fn axes(given: &[&str]) -> Vec<Axis> {
    given.iter().map(|g| Axis::parse(g).unwrap()).collect()
}

fn refusal(base: &Recipe, given: &[&str]) -> String {
    points(base, &axes(given)).unwrap_err().to_string()
}

#[test]
fn a_grid_is_every_combination_with_the_last_key_fastest() {
    let all = points(
        &small(),
        &axes(&["learning_rate=1e-2,1e-3", "optimisation.batch=8,16,32"]),
    )
    .unwrap();
    let names: Vec<&str> = all.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names.len(), 6);
    assert_eq!(names[0], "learning_rate=0.01,optimisation.batch=8");
    assert_eq!(names[1], "learning_rate=0.01,optimisation.batch=16");
    assert_eq!(names[5], "learning_rate=0.001,optimisation.batch=32");
    assert_eq!(
        (
            all[5].recipe.optimisation.learning_rate,
            all[5].recipe.optimisation.batch
        ),
        (1e-3, 32)
    );
    assert_eq!(points(&small(), &[]).unwrap().len(), 1);
}

#[test]
fn values_with_commas_and_words_are_read_and_odd_names_become_folders() {
    let axis =
        &axes(&["network.stages=[{ channels = 6 }],[{ channels = 8 }, { channels = 8, stride = 2 }]"])[0];
    assert_eq!(axis.values.len(), 2);
    assert_eq!(
        axes(&[
            "sampling.subject_exponent=0,0.5",
            "early_stopping.metric=last-epoch"
        ])[1]
            .values
            .len(),
        1
    );
    let all = points(&small(), std::slice::from_ref(axis)).unwrap();
    for point in &all {
        assert!(
            point
                .name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-=,+".contains(c)),
            "{}",
            point.name
        );
        assert!(point.name.len() <= 140, "{}", point.name);
    }
    assert_ne!(all[0].name, all[1].name);
}

#[test]
fn what_cannot_be_run_or_changes_nothing_is_refused() {
    let base = small();
    for (given, words) in [
        (
            &["optimisation.bach=8,16"][..],
            &["optimisation.bach=8", "nearest", "batch"][..],
        ),
        (&["optimisation.batch=8,1"], &["batch=1", "at least 2"]),
        (&["epochs=0,5"], &["epochs=0", "from 1 on"]),
        (&["learning_rate=0.1,fast"], &["learning_rate=fast", "above 0"]),
        (
            &["epochs=12", "optimisation.epochs=12,13", "epochs=3"],
            &["varied twice"],
        ),
        (
            &["learning_rate=0.01,1e-3", "optimisation.learning_rate=0.5,0.25"],
            &["same recipe"],
        ),
    ] {
        let said = refusal(&base, given);
        for word in words {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert!(!said.contains("--set"), "{said}");
    }
    for (given, word) in [
        ("batch", "KEY=V1,V2"),
        ("=1,2", "KEY=V1,V2"),
        ("epochs=5,", "missing"),
        ("epochs=5,5", "twice"),
        ("network.stages=[1", "is not TOML"),
    ] {
        let said = Axis::parse(given).unwrap_err().to_string();
        assert!(said.contains(word) && said.contains("--over"), "{said}");
    }
}

#[test]
fn the_largest_rate_of_steps_and_stages_is_set_and_the_others_keep_their_proportion() {
    let mut stepped = small();
    stepped.optimisation.schedule = Schedule::Steps;
    stepped.optimisation.learning_rate = 0.0;
    let step = |from_epoch, learning_rate| RateStep {
        from_epoch,
        learning_rate,
    };
    stepped.optimisation.steps = vec![step(0, 1e-3), step(5, 1e-4)];
    let all = points(&stepped, &axes(&["learning_rate=1e-2,1e-4"])).unwrap();
    let rates: Vec<f64> = all[0]
        .recipe
        .optimisation
        .steps
        .iter()
        .map(|s| s.learning_rate)
        .collect();
    assert!(rates[0] == 1e-2 && (rates[1] - 1e-3).abs() < 1e-12, "{rates:?}");
    let said = refusal(&stepped, &["optimisation.learning_rate=1e-2,1e-3"]);
    assert!(
        said.contains("left out") || said.contains("vary learning_rate"),
        "{said}"
    );

    let table: toml::Table = small().to_toml().unwrap().parse().unwrap();
    let staged = |rate: &str| {
        let mut table = table.clone();
        table["optimisation"].as_table_mut().unwrap().remove("epochs");
        let stages = format!(
            "stages = [{{ epochs = 4, train = \"all\"{rate} }}, {{ epochs = 8, train = \"all\", learning_rate = 1e-4 }}]"
        );
        table.extend(stages.parse::<toml::Table>().unwrap());
        Recipe::parse(&toml::to_string(&table).unwrap()).unwrap()
    };
    let own = staged(", learning_rate = 1e-3");
    let all = points(&own, &axes(&["learning_rate=1e-2", "epochs=6,12"])).unwrap();
    let stages = &all[0].recipe.stages;
    assert_eq!(stages[0].learning_rate, Some(1e-2));
    assert!((stages[1].learning_rate.unwrap() - 1e-3).abs() < 1e-12);
    assert_eq!((all[0].recipe.epochs(), all[1].recipe.epochs()), (6, 12));
    let said = refusal(&own, &["optimisation.learning_rate=1e-2,1e-3"]);
    assert!(
        said.contains("changes nothing") && said.contains("vary learning_rate"),
        "{said}"
    );
    // One stage takes the common rate: then it is the largest, and means something.
    let mixed = points(&staged(""), &axes(&["learning_rate=1e-3,5e-3"])).unwrap();
    assert_eq!(mixed[1].recipe.optimisation.learning_rate, 5e-3);
    assert!(points(&staged(""), &axes(&["optimisation.learning_rate=1e-3,5e-3"])).is_ok());
}

#[test]
fn the_grid_of_muntasa2025_is_45_runs_of_its_recipe_and_of_ours() {
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recipes");
    let grid = GridFile::read(&recipes.join("grids/muntasa2025.toml")).unwrap();
    for name in [grid.recipe.as_str(), "dense"] {
        let recipe = Recipe::read(&recipes.join(format!("{name}.toml"))).unwrap();
        let all = points(&recipe, &grid.over).unwrap();
        let folds = grid.folds.numbers(recipe.split.folds).unwrap();
        assert_eq!(all.len() * folds.len(), 45);
        let last = &all[8].recipe;
        assert_eq!((last.optimisation.learning_rate, last.epochs()), (1e-5, 15));
    }
}

#[test]
fn a_grid_file_and_its_folds_are_refused_with_the_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("grid.toml");
    for (text, word) in [
        ("recipe = \"x\"\nfold = \"all\"", "folds"),
        ("recipe = \"x\"\nfolds = \"none\"", "\"all\""),
        (
            "recipe = \"x\"\n[[over]]\nkey = \"epochs\"\nvalues = []",
            "no values",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let said = GridFile::read(&path).unwrap_err().to_string();
        assert!(said.contains("grid.toml") && said.contains(word), "{said}");
    }
    assert_eq!("1,0".parse::<Folds>().unwrap().numbers(2).unwrap(), [1, 0]);
    for (given, word) in [("5", "no fold 5"), ("1,1", "twice")] {
        let said = given
            .parse::<Folds>()
            .unwrap()
            .numbers(5)
            .unwrap_err()
            .to_string();
        assert!(said.contains(word), "{said}");
    }
    assert!("a".parse::<Folds>().is_err());
}
