//! What goes into a step: how many batches, which cells, and which settings are refused.

use crate::train::feed::{Sampler, Sampling};
use crate::train::tests::{SMALL, data, recipe, records, train};
use crate::train::*;
use blastscope_network::Weights;

#[test]
fn gradients_of_several_batches_are_those_of_one_large_one() {
    let text = SMALL
        .replace("batch = 8", "batch = 40")
        .replace("dropout = 0.2", "dropout = 0.0")
        .replace("epochs = 4\n", "")
        .replace("class_weight_exponent = 1.0", "class_weight_exponent = 0.0");
    // The norms of frozen blocks compute as in evaluation: a cell does not see its batch.
    let text = text + "[[stages]]\nepochs = 2\ntrain = \"head\"\n";
    let mut large = Recipe::parse(&text).unwrap();
    large.sampling.cells_per_epoch = 40;
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let head = |name: &str, recipe: &Recipe| {
        let folder = dir.path().join(name);
        train(&folder, recipe, &data, None, None);
        let weights = Weights::load(&folder.join("best.safetensors")).unwrap();
        (
            weights.0["head.linear.weight"].values.clone(),
            records(&folder)[1].steps,
        )
    };
    let (wanted, steps) = head("large", &large);
    assert_eq!(steps, 2);
    let mut small = large.clone();
    (small.optimisation.batch, small.optimisation.accumulate) = (8, 5);
    let (got, steps) = head("small", &small);
    assert_eq!(steps, 2);
    for (a, b) in got.iter().zip(&wanted) {
        assert!((a - b).abs() < 1e-5, "{a} for {b}");
    }
    // A step that lacks batches at the end of an epoch takes the mean over those there are.
    small.optimisation.accumulate = 8;
    assert_eq!(head("partial", &small), (got, 2));
}

#[test]
fn classes_are_drawn_alike_where_asked_and_subjects_within_them() {
    let mut data = data();
    data.limit(30);
    let cells: Vec<usize> = (0..data.len())
        .filter(|i| data.cell(*i).label == 0 || i % 3 == 0)
        .collect();
    let sampling = Sampling {
        cells_per_epoch: 6000,
        subject_exponent: 1.0,
        class_exponent: 1.0,
        class_weight_exponent: 0.0,
    };
    let sampler = Sampler::new(&data, cells.clone(), &sampling, 8, 1).unwrap();
    let drawn = sampler.epoch(1);
    let first = drawn.iter().filter(|i| data.cell(**i).label == 0).count();
    assert!((2990..=3010).contains(&first), "{first}");
    let mut subjects: Vec<(&str, usize)> = cells
        .iter()
        .map(|i| (&*data.cell(*i).group, data.cell(*i).label))
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    for (subject, label) in &subjects {
        let of_class = subjects.iter().filter(|s| s.1 == *label).count();
        let n = drawn.iter().filter(|i| data.cell(**i).group == *subject).count();
        assert!(
            n.abs_diff(3000 / of_class) <= 10,
            "{subject}: {n} of a class of {of_class}"
        );
    }
}

#[test]
fn settings_out_of_range_or_out_of_place_are_refused_by_name() {
    for (from, to, word) in [
        (
            "batch = 8",
            "batch = 8\ngradient_clip = -1.0",
            "gradient_clip: 0 to 1000",
        ),
        ("batch = 8", "batch = 8\naccumulate = 0", "accumulate: 1 to 1024"),
        ("batch = 8", "batch = 8\nmixup = 11.0", "mixup: 0 to 10"),
        (
            "batch = 8",
            "batch = 8\nschedule = \"one-cycle\"",
            "warm_up_epochs: 0 with schedule = \"one-cycle\"",
        ),
        (
            "batch = 8",
            "batch = 8\none_cycle = { rise_share = 0.2 }",
            "goes with schedule",
        ),
        (
            "warm_up_epochs = 1.0",
            "warm_up_epochs = 0.0\nschedule = \"one-cycle\"\none_cycle = { rise_share = 1.0 }",
            "rise_share: above 0, below 1",
        ),
        (
            "warm_up_epochs = 1.0",
            "warm_up_epochs = 0.0\nschedule = \"one-cycle\"\none_cycle = { end_divisor = 0.5 }",
            "end_divisor from 1",
        ),
        (
            "[calibration]",
            "[checkpoints]\nkeep_last = 0\n[calibration]",
            "keep_last: 1 to 1000",
        ),
        (
            "[calibration]",
            "[checkpoints]\nkeep_lost = 1\n[calibration]",
            "keep_last",
        ),
        (
            "[calibration]",
            "[loss]\nkind = \"focal\"\n[calibration]",
            "label_smoothing: 0 with loss.kind",
        ),
        (
            "subject_exponent",
            "class_exponent = 1.5\nsubject_exponent",
            "sampling.class_exponent",
        ),
    ] {
        let text = SMALL.replacen(from, to, 1);
        let error = Recipe::parse(&text)
            .err()
            .unwrap_or_else(|| panic!("{to} was taken"));
        assert!(error.to_string().contains(word), "{error}");
    }
    // What is at its default is not written: recipes that were resolved before read the same.
    let written = recipe().to_toml().unwrap();
    for key in [
        "checkpoints",
        "accumulate",
        "mixup",
        "gradient_clip",
        "one_cycle",
        "gamma",
        "class_exponent",
    ] {
        assert!(!written.contains(key), "{key}");
    }
}
