//! Recipes: those of the repository, and those that are refused.

use crate::data::Layout;
use crate::network::{Network, label_logits};
use crate::train::loss::LossKind;
use crate::train::recipe::Trained;
use crate::train::tests::{SMALL, data, records, train};
use crate::train::*;
use blastscope_network::Weights;
use blastscope_shared::class::LabelSet;
use std::fs;
use std::path::{Path, PathBuf};
use tch::{Device, Kind, Tensor};

fn recipes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../recipes")
}

#[test]
fn a_recipe_with_an_unknown_key_or_an_impossible_number_is_refused_by_name() {
    for (from, to, word) in [
        ("flip = true", "flip = true\nflop = 1", "flop"),
        ("dropout = 0.2", "drop_out = 0.2", "drop_out"),
        ("metric = \"auc\"", "metric = \"luck\"", "luck"),
        ("batch = 8", "batch = 1", "optimisation.batch"),
        ("scale = 0.1", "scale = 0.9", "augmentation.scale"),
        (
            "subject_exponent = 0.5",
            "subject_exponent = 2.0",
            "subject_exponent",
        ),
        ("noise = 1.0\n", "", "noise"),
        ("size = 32", "size = 8", "8 px"),
    ] {
        let text = SMALL.replace(from, to);
        assert_ne!(text, SMALL);
        let refused = Recipe::parse(&text).and_then(|r| r.graph(&LabelSet::lymphoblast()));
        let message = refused
            .err()
            .unwrap_or_else(|| panic!("{to} was taken"))
            .to_string();
        assert!(message.contains(word), "{message}");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine.toml");
    fs::write(&path, SMALL.replace("batch = 8", "batch = 0")).unwrap();
    assert!(Recipe::read(&path).unwrap_err().to_string().contains("mine.toml"));
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one_at_any_depth() {
    for (from, to, nearest) in [
        ("seed = 3", "seed = 3\nsede = 3", "seed"),
        ("[augmentation]", "[augmentations]", "augmentation"),
        ("flip = true", "flip_horizontl = true", "flip_horizontal"),
        ("batch = 8", "bach = 8", "batch"),
        ("metric = \"auc\"", "metric = \"acuracy\"", "accuracy"),
        ("batch = 8", "batch = 8\noptimiser = \"adam-w\"", "adamw"),
        ("batch = 8", "batch = 8\noptimiser = \"adamaxx\"", "adamax"),
        (
            "batch = 8",
            "batch = 8\nsteps = [{ from = 0, learning_rate = 0.1 }]",
            "from_epoch",
        ),
        ("size = 32", "sise = 32", "size"),
        ("dropout = 0.2", "dropuot = 0.2", "dropout"),
        ("stride = 2 }, {", "strid = 2 }, {", "stride"),
        ("folds = 3", "fold = 3", "folds"),
    ] {
        let text = SMALL.replacen(from, to, 1);
        let refused = Recipe::parse(&text).and_then(|r| r.graph(&LabelSet::lymphoblast()));
        let message = refused
            .err()
            .unwrap_or_else(|| panic!("{to} was taken"))
            .to_string();
        assert!(
            message.contains(&format!("nearest known one is {nearest:?}")),
            "{message}"
        );
    }
}

#[test]
fn values_set_on_the_command_line_are_checked_like_those_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.toml");
    fs::write(&path, SMALL).unwrap();
    let read = |given: &[&str]| {
        let overrides: Vec<Override> = given.iter().map(|g| Override::parse(g).unwrap()).collect();
        Recipe::read_with(&path, &overrides)
    };
    let recipe = read(&["optimisation.batch=16", "split.unit=image", "network.dropout=0.5"]).unwrap();
    assert_eq!(recipe.optimisation.batch, 16);
    assert!(!recipe.split.unit.is_subject());
    assert_eq!(recipe.network.options["dropout"].as_float(), Some(0.5));
    for (given, words) in [
        (
            "optimisation.bach=16",
            ["\"batch\"", "--set optimisation.bach=16"],
        ),
        ("optimization.batch=16", ["\"optimisation\"", "small.toml"]),
        ("optimisation.batch=1", ["optimisation.batch", "out of range"]),
        ("optimisation.batch=many", ["invalid type", "batch"]),
    ] {
        let message = read(&[given]).unwrap_err().to_string();
        assert!(words.iter().all(|w| message.contains(w)), "{message}");
    }
}

#[test]
fn recipes_of_the_repository_are_sound_and_come_back_from_toml() {
    let files = recipes_below(&recipes()).unwrap();
    assert!(files.len() > 25, "{files:?}");
    for file in files {
        let recipe = Recipe::read(&file).unwrap();
        assert_eq!(file.file_stem().unwrap().to_str(), Some(recipe.name.as_str()));
        // A pack of cut cells names its own labels.
        let labels = match recipe.data.layout {
            Layout::Cells => {
                LabelSet::new(["blast", "lymphocyte", "dirt"].map(String::from).to_vec()).unwrap()
            }
            _ => recipe.data.known_labels().unwrap(),
        };
        recipe.fitting_graph(&labels).unwrap();
        assert_eq!(Recipe::parse(&recipe.to_toml().unwrap()).unwrap(), recipe);
    }
}

#[test]
fn a_recipe_of_a_paper_is_complete_and_says_what_the_paper_does_not() {
    for file in recipes_below(&recipes()).unwrap() {
        let recipe = Recipe::read(&file).unwrap();
        // Our own are of no paper.
        if ["dense", "blood"].contains(&recipe.name.as_str()) {
            continue;
        }
        let written: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        let resolved: toml::Table = recipe.to_toml().unwrap().parse().unwrap();
        let has = |table: &str, key: &str| written[table].get(key).is_some();
        for table in ["augmentation", "loss", "split", "input", "calibration"] {
            for key in resolved[table].as_table().unwrap().keys() {
                assert!(has(table, key), "{}: {table}.{key}", file.display());
            }
        }
        for (table, key) in [
            ("network", "head"),
            ("network", "normalisation"),
            ("pretrained", "weights"),
            ("optimisation", "optimiser"),
            ("optimisation", "schedule"),
            ("optimisation", "batch"),
            ("early_stopping", "metric"),
            ("paper", "reference"),
            ("paper", "claims"),
        ] {
            assert!(has(table, key), "{}: {table}.{key}", file.display());
        }
        assert!(recipe.paper.silent.len() > 2, "{}", file.display());
    }
}

#[test]
fn recipes_say_what_their_papers_say() {
    let read = |name: &str| Recipe::read(&find_recipe(Path::new(name), &recipes()).unwrap()).unwrap();
    let mantri = read("mantri2024");
    assert_eq!(mantri.optimisation.optimiser, OptimiserKind::Adamax);
    assert_eq!(
        (mantri.optimisation.batch, mantri.optimisation.learning_rate),
        (40, 0.003)
    );
    let a = &mantri.augmentation;
    assert_eq!(
        (a.rotation_degrees, a.shift_x, a.zoom, a.channel_shift),
        (30.0, 0.25, 0.3, 10.0)
    );
    assert_eq!(
        mantri
            .fitting_graph(&LabelSet::lymphoblast())
            .unwrap()
            .penalties()
            .len(),
        3
    );
    let bare = read("mantri2024-unregularised");
    assert!(
        bare.fitting_graph(&LabelSet::lymphoblast())
            .unwrap()
            .penalties()
            .is_empty()
    );
    let batool = read("batool2023-all4");
    let rates: Vec<(usize, f64)> = batool
        .optimisation
        .steps
        .iter()
        .map(|s| (s.from_epoch, s.learning_rate))
        .collect();
    assert_eq!((rates, batool.epochs()), (vec![(0, 1e-3), (5, 1e-4)], 20));
    assert_eq!(batool.loss.kind, LossKind::MeanSquaredError);
    let wen = read("wen2025");
    let stages: Vec<(usize, Trained)> = wen.stages.iter().map(|s| (s.epochs, s.train.clone())).collect();
    assert_eq!(stages[0], (50, Trained::Head));
    assert_eq!(wen.fitting_graph(&LabelSet::lymphoblast()).unwrap().labels(), 1);
    assert_eq!(read("muntasa2025").epochs(), 10);
    assert_eq!(read("alkhouli2024").optimisation.batch, 64);
}

#[test]
fn a_network_of_one_output_is_trained_and_kept_with_a_logit_a_label() {
    let text = SMALL
        .replace("dropout = 0.2", "head = { kind = \"single\" }")
        .replace("class_weight_exponent = 1.0", "class_weight_exponent = 0.5");
    let loss = "[loss]\nkind = \"binary-cross-entropy\"\noutput = \"sigmoid\"\n";
    let mut recipe = Recipe::parse(&(text + loss)).unwrap();
    recipe.optimisation.epochs = 20;
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    train(dir.path(), &recipe, &data, Some(0), None);
    let figures = records(dir.path()).last().unwrap().validation.unwrap();
    assert!(figures.auc > 0.9, "{figures:?}");
    let run = Run::open(dir.path()).unwrap();
    let kept = run.best_network(Device::Cpu).unwrap();
    assert_eq!(kept.graph().labels(), 2);
    let mut trained = Network::new(&recipe.graph(&LabelSet::lymphoblast()).unwrap(), Device::Cpu, 0).unwrap();
    trained
        .load(&Weights::load(&dir.path().join("best.safetensors")).unwrap())
        .unwrap();
    let x = Tensor::rand([4, 3, 32, 32], (Kind::Float, Device::Cpu));
    let two = kept.forward(&x, false).unwrap();
    let one = label_logits(&trained.forward(&x, false).unwrap()).unwrap();
    assert!((two - one).abs().max().double_value(&[]) < 1e-6);
}
