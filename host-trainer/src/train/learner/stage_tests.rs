//! Stages: what is frozen stays to the bit, and a run stopped anywhere ends equal to one that was not.

use crate::train::recipe::{EarlyStopping, StoppingMetric};
use crate::train::tests::{SMALL, begin, data, recipe, records, train};
use crate::train::*;
use blastscope_network::Weights;
use blastscope_shared::class::LabelSet;
use std::fs;
use std::path::Path;

/// The small recipe with an optimiser and stages; `rest` goes under `[optimisation]`.
fn staged(optimisation: &str, stages: &str) -> Recipe {
    let text = SMALL
        .replace("epochs = 4\n", "")
        .replace("learning_rate = 0.01\nwarm_up_epochs = 1.0\n", optimisation)
        .replace("weight_decay = 0.01\n", "weight_decay = 0.0\n");
    Recipe::parse(&(text + stages)).unwrap()
}

const HEAD_THEN_ALL: &str = r#"
[[stages]]
epochs = 2
train = "head"
[[stages]]
epochs = 2
learning_rate = 0.002
train = { top_blocks = 1 }
[[stages]]
epochs = 1
train = "all"
"#;

fn tensors(folder: &Path, epoch: usize) -> Weights {
    Weights::load(&folder.join(format!("last-{epoch:04}.safetensors"))).unwrap()
}

/// Names below `network/` that differ.
fn moved(a: &Weights, b: &Weights) -> Vec<String> {
    let network = a.0.keys().filter_map(|n| n.strip_prefix("network/"));
    let differs = |n: &&str| a.0[&format!("network/{n}")] != b.0[&format!("network/{n}")];
    network.filter(differs).map(str::to_owned).collect()
}

#[test]
fn frozen_blocks_stay_to_the_bit_with_their_statistics_and_their_state() {
    let recipe = staged(
        "learning_rate = 0.01\nwarm_up_epochs = 0.0\nschedule = \"constant\"\n",
        HEAD_THEN_ALL,
    );
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut states = vec![];
    for pause in 1..=5 {
        train(dir.path(), &recipe, &data, Some(0), Some(pause));
        states.push(tensors(dir.path(), pause));
    }
    let blocks = |names: Vec<String>| -> Vec<String> {
        let mut blocks: Vec<String> = names
            .iter()
            .map(|n| n.split('.').next().unwrap().to_owned())
            .collect();
        blocks.dedup();
        blocks
    };
    assert_eq!(blocks(moved(&states[0], &states[1])), ["head"]);
    assert_eq!(blocks(moved(&states[1], &states[2])), ["head", "stage2"]);
    let thawed = moved(&states[1], &states[2]);
    assert!(
        thawed.iter().any(|n| n == "stage2.norm.running_mean"),
        "{thawed:?}"
    );
    assert_eq!(
        blocks(moved(&states[3], &states[4])),
        ["head", "stage1", "stage2"]
    );
    // What the optimiser keeps of frozen variables is what it was: nothing yet.
    for state in &states[..4] {
        let kept = &state.0["second/stage1.conv.weight"].values;
        assert!(kept.iter().all(|v| *v == 0.0));
    }
    assert!(
        states[4].0["second/stage1.conv.weight"]
            .values
            .iter()
            .any(|v| *v > 0.0)
    );
    let rates: Vec<f64> = records(dir.path()).iter().map(|r| r.learning_rate).collect();
    assert_eq!(rates, [0.01, 0.01, 0.002, 0.002, 0.01]);
    let stages: Vec<Option<usize>> = records(dir.path()).iter().map(|r| r.stage).collect();
    assert_eq!(stages, [1, 1, 2, 2, 3].map(Some));
}

#[test]
fn a_run_of_stages_stopped_anywhere_ends_equal_to_one_that_was_not() {
    let data = data();
    for optimisation in [
        "learning_rate = 0.01\nwarm_up_epochs = 1.0\n",
        "learning_rate = 0.01\nwarm_up_epochs = 0.0\noptimiser = \"adamax\"\nschedule = \"constant\"\n",
        "warm_up_epochs = 0.0\noptimiser = \"sgd\"\nmomentum = 0.9\nnesterov = true\nschedule = \"steps\"\n\
         steps = [{ from_epoch = 0, learning_rate = 0.01 }, { from_epoch = 3, learning_rate = 0.001 }]\n",
    ] {
        let stages = if optimisation.contains("steps") {
            HEAD_THEN_ALL.replace("learning_rate = 0.002\n", "")
        } else {
            HEAD_THEN_ALL.to_owned()
        };
        let recipe = staged(optimisation, &stages);
        let dir = tempfile::tempdir().unwrap();
        let whole = dir.path().join("whole");
        assert_eq!(train(&whole, &recipe, &data, Some(1), None), Stopped::Finished);
        for stops in [vec![1, 2], vec![2, 4], vec![3]] {
            let parts = dir.path().join(format!("{stops:?}"));
            for stop in stops {
                assert_eq!(
                    train(&parts, &recipe, &data, Some(1), Some(stop)),
                    Stopped::Paused
                );
            }
            train(&parts, &recipe, &data, Some(1), None);
            assert_eq!(records(&parts), records(&whole));
            for file in [
                "best.safetensors",
                "last-0005.safetensors",
                "last.json",
                "recipe.toml",
            ] {
                let read = |f: &Path| fs::read(f.join(file)).unwrap();
                assert!(read(&parts) == read(&whole), "{file} differs");
            }
        }
    }
}

#[test]
fn a_stage_that_gets_no_better_gives_way_to_the_next() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let stages = HEAD_THEN_ALL.replace("epochs = 2", "epochs = 50");
    let mut recipe = staged("learning_rate = 0.0001\nwarm_up_epochs = 0.0\n", &stages);
    recipe.early_stopping = EarlyStopping {
        metric: StoppingMetric::Accuracy,
        patience: 2,
        min_delta: 1.0,
        earliest_epoch: 0,
    };
    train(dir.path(), &recipe, &data, Some(0), None);
    let stages: Vec<Option<usize>> = records(dir.path()).iter().map(|r| r.stage).collect();
    // Nothing is better by more than 1: each stage ends two epochs after its first.
    assert_eq!(stages, [1, 1, 1, 2, 2, 2, 3].map(Some));
}

#[test]
fn blocks_that_do_not_exist_are_refused_before_anything_is_computed() {
    let labels = LabelSet::lymphoblast();
    for (train, words) in [
        ("[\"stage2\", \"hed\"]", ["\"hed\"", "nearest one is \"head\""]),
        ("{ top_blocks = 3 }", ["has 2 blocks", "give up to that many"]),
        ("[]", ["at least one", "stages"]),
    ] {
        let stages = format!("[[stages]]\nepochs = 1\ntrain = {train}\n");
        let recipe = staged("learning_rate = 0.01\nwarm_up_epochs = 0.0\n", &stages);
        let error = recipe.preflight(&labels).unwrap_err().to_string();
        assert!(words.iter().all(|w| error.contains(w)), "{error}");
    }
    for (train, word) in [
        ("\"hat\"", "top_blocks"),
        ("3", "top_blocks"),
        ("{ top_block = 3 }", "top_blocks"),
    ] {
        let text = format!("{SMALL}\n[[stages]]\nepochs = 1\ntrain = {train}\n").replace("epochs = 4\n", "");
        let error = Recipe::parse(&text).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("train"), "{error}");
    }
}

#[test]
fn training_is_cut_from_the_end_or_drawn_out_and_says_so() {
    let staged = staged("learning_rate = 0.01\nwarm_up_epochs = 1.0\n", HEAD_THEN_ALL);
    for (epochs, wanted) in [
        (1, vec![1]),
        (3, vec![2, 1]),
        (5, vec![2, 2, 1]),
        (9, vec![2, 2, 5]),
    ] {
        let mut recipe = staged.clone();
        let said = recipe.set_epochs(epochs).unwrap();
        let stages: Vec<usize> = recipe.stages.iter().map(|s| s.epochs).collect();
        assert_eq!((stages, recipe.epochs()), (wanted, epochs));
        assert!(said.contains("recipe's 5"), "{said}");
    }
    let mut whole = recipe();
    whole.set_epochs(1).unwrap();
    assert_eq!((whole.optimisation.epochs, whole.epochs()), (1, 1));
    assert!(whole.set_epochs(0).unwrap_err().to_string().contains("--epochs"));
}

#[test]
fn absent_weights_and_a_wrong_count_of_class_weights_are_refused() {
    let labels = LabelSet::lymphoblast();
    let mut absent = recipe();
    absent.pretrained.weights = "/no/such/file.safetensors".into();
    let error = absent.preflight(&labels).unwrap_err().to_string();
    for word in [
        "/no/such/file.safetensors",
        "--pretrained FILE",
        "pretrained.weights=\"\"",
    ] {
        assert!(error.contains(word), "{error}");
    }
    let mut weighed = recipe();
    weighed.loss.class_weights = Some(vec![1.0; 3]);
    let error = weighed.preflight(&labels).unwrap_err().to_string();
    assert!(error.contains("3 weights for the 2 labels all, hem"), "{error}");
}

#[test]
fn explicit_class_weights_take_the_place_of_the_measured_ones() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut plain = recipe();
    plain.sampling.class_weight_exponent = 0.0;
    let mut weighed = plain.clone();
    weighed.loss.class_weights = Some(vec![4.0, 0.5]);
    let loss = |name: &str, recipe: &Recipe| {
        train(&dir.path().join(name), recipe, &data, Some(0), Some(1));
        records(&dir.path().join(name))[0].loss
    };
    assert_ne!(loss("plain", &plain), loss("weighed", &weighed));
    let other = begin(&dir.path().join("plain"), &weighed, &data, Some(0));
    assert!(other.unwrap_err().to_string().contains("loss of the recipe"));
}
