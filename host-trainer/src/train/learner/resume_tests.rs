//! What a run keeps within an epoch, and how it ends when something is in the way.

use crate::ErrorKind;
use crate::data::DataSet;
use crate::train::tests::{SMALL, begin, data, recipe, records, small_network, train};
use crate::train::*;
use blastscope_network::Weights;
use std::fs;
use std::path::Path;
use tch::{Device, Kind, Tensor};

/// The small recipe with everything that has a state within an epoch.
fn eventful() -> Recipe {
    let text = SMALL.replace(
        "batch = 8\n",
        "batch = 4\naccumulate = 2\nmixup = 0.3\ngradient_clip = 1.0\n",
    );
    let mut recipe = Recipe::parse(&text).unwrap();
    recipe.sampling.cells_per_epoch = 28;
    recipe.checkpoints.every_steps = 1;
    recipe
}

/// Trains until the end, interrupted after as many written states as `steps` says, one after the other.
fn train_in_pieces(folder: &Path, recipe: &Recipe, data: &DataSet, steps: &mut dyn FnMut() -> usize) {
    loop {
        let (interrupt, left) = (Interrupt::default(), steps());
        let mut seen = 0;
        let asked = interrupt.clone();
        let stopped = tests::train_with(folder, recipe, data, Some(1), None, |learner| {
            learner.set_interrupt(interrupt);
            learner.set_listener(move |_| {
                seen += 1;
                if seen == left {
                    asked.ask();
                }
            });
        });
        match stopped.unwrap() {
            Stopped::Interrupted => continue,
            other => return assert_eq!(other, Stopped::Finished),
        }
    }
}

fn same_files(a: &Path, b: &Path, files: &[&str]) {
    for file in files {
        let read = |f: &Path| fs::read(f.join(file)).unwrap();
        assert!(read(a) == read(b), "{file} differs");
    }
}

#[test]
fn a_run_interrupted_within_epochs_ends_equal_to_one_that_was_not() {
    let (data, dir, recipe) = (data(), tempfile::tempdir().unwrap(), eventful());
    let whole = dir.path().join("whole");
    train(&whole, &recipe, &data, Some(1), None);
    // Four steps an epoch, the last one of a single batch: three states within, one after.
    for every in [1, 3, 5] {
        let parts = dir.path().join(every.to_string());
        train_in_pieces(&parts, &recipe, &data, &mut || every);
        assert_eq!(records(&parts), records(&whole));
        same_files(
            &parts,
            &whole,
            &[
                "best.safetensors",
                "last-0004.safetensors",
                "last.json",
                "run.json",
            ],
        );
    }
    // Where states are written changes nothing, and may be changed on the way.
    let mut seldom = recipe;
    seldom.checkpoints.every_steps = 0;
    let once = dir.path().join("once");
    train(&once, &seldom, &data, Some(1), Some(2));
    seldom.checkpoints.every_steps = 3;
    train(&once, &seldom, &data, Some(1), None);
    same_files(&once, &whole, &["best.safetensors", "last.json"]);
    assert_eq!(
        records(&whole)[0].steps,
        4,
        "two batches a step, and one for the last"
    );
}

#[test]
fn the_stream_of_dropout_is_brought_to_where_it_stood() {
    let _alone = tests::alone();
    let network = small_network(3);
    let x = Tensor::rand([4, 3, 32, 32], (Kind::Float, Device::Cpu));
    let next = |passes: usize, repeated: bool| {
        tch::manual_seed(7);
        if repeated {
            network.repeat_draws(passes, 4).unwrap();
        } else {
            (0..passes).for_each(|_| drop(network.forward(&x, true).unwrap()));
        }
        Vec::<f32>::try_from(Tensor::rand([4], (Kind::Float, Device::Cpu))).unwrap()
    };
    for passes in [0, 1, 3] {
        assert_eq!(next(passes, true), next(passes, false));
    }
    assert_ne!(next(1, true), next(2, true));
}

#[test]
fn the_last_epochs_are_kept_and_training_goes_on_from_an_older_one() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut recipe = recipe();
    recipe.checkpoints.keep_last = 2;
    train(dir.path(), &recipe, &data, Some(0), None);
    let last = fs::read(dir.path().join("last.json")).unwrap();
    let states = || {
        let names = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name());
        let mut names: Vec<String> = names.map(|n| n.into_string().unwrap()).collect();
        names.retain(|n| n.starts_with("last-"));
        names.sort();
        names
    };
    let wanted = [
        "last-0003.json",
        "last-0003.safetensors",
        "last-0004.json",
        "last-0004.safetensors",
    ];
    assert_eq!(states(), wanted);
    fs::copy(dir.path().join("last-0003.json"), dir.path().join("last.json")).unwrap();
    train(dir.path(), &recipe, &data, Some(0), None);
    assert!(fs::read(dir.path().join("last.json")).unwrap() == last);
    assert_eq!(states(), wanted);
}

#[test]
fn numbers_that_are_none_end_training_at_once_and_keep_what_was_good() {
    let data = data();
    // Found in the loss of the next step, in the state within the epoch, and at the end of an epoch.
    for (cells, every_steps, what) in [
        (40, 0, "the loss is"),
        (40, 1, "is not a number"),
        (8, 0, "is not a number"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut recipe = recipe();
        recipe.sampling.cells_per_epoch = cells;
        recipe.checkpoints.every_steps = every_steps;
        train(dir.path(), &recipe, &data, Some(0), Some(2));
        // A moment so large that the next step throws a weight out of the numbers.
        let (state, commit) = (
            dir.path().join("last-0002.safetensors"),
            dir.path().join("last.json"),
        );
        let mut tensors = Weights::load(&state).unwrap();
        tensors.0.get_mut("first/head.linear.bias").unwrap().values[0] = f32::MAX;
        let bytes = tensors.to_bytes().unwrap();
        fs::write(&state, &bytes).unwrap();
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&commit).unwrap()).unwrap();
        json["sha256"] = blastscope_shared::package::sha256_hex(&bytes).into();
        fs::write(&commit, json.to_string()).unwrap();
        let files = || {
            ["best.safetensors", "last.json", "last-0002.safetensors"]
                .map(|f| fs::read(dir.path().join(f)).unwrap())
        };
        let before = files();
        let error = tests::train_with(dir.path(), &recipe, &data, Some(0), None, |_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Diverged);
        let said = error.to_string();
        for word in [
            "epoch 3, step ",
            what,
            "state after 2 epochs",
            "learning_rate",
            "another --out",
        ] {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert!(files() == before, "{said}");
        assert_eq!(records(dir.path()).len(), 2);
    }
}

#[test]
fn a_run_goes_on_without_the_weights_it_began_with() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let weights = dir.path().join("begin.safetensors");
    fs::write(&weights, small_network(9).weights().unwrap().to_bytes().unwrap()).unwrap();
    let mut recipe = recipe();
    recipe.pretrained.weights = weights.to_str().unwrap().to_owned();
    let (whole, parts) = (dir.path().join("whole"), dir.path().join("parts"));
    train(&whole, &recipe, &data, Some(0), None);
    train(&parts, &recipe, &data, Some(0), Some(1));
    assert!(Run::has_state(&parts) && !Run::has_state(dir.path()));
    fs::remove_file(&weights).unwrap();
    train(&parts, &recipe, &data, Some(0), None);
    same_files(&parts, &whole, &["best.safetensors", "last.json"]);
    let run = begin(&dir.path().join("new"), &recipe, &data, Some(0)).unwrap();
    let error = Learner::start(run, &data, Device::Cpu, None).err().unwrap();
    assert!(error.to_string().contains("begin.safetensors"), "{error}");
}
