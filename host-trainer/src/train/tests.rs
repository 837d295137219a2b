use crate::data::drawn_cells::{EIGHT, draw_folders};
use crate::data::{DataSet, Fold, Unreadable};
use crate::network::Network;
use crate::train::augment::{Augmentation, Rotation};
use crate::train::feed::{Sampler, Sampling};
use crate::train::recipe::{EarlyStopping, StoppingMetric};
use crate::train::*;
use blastscope_network::Weights;
use blastscope_shared::class::LabelSet;
use blastscope_shared::random::SplitMix64;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tch::Device;

/// A recipe small enough for tests, with everything switched on.
pub(crate) const SMALL: &str = r#"
name = "small"
seed = 3

[network]
name = "dense"
dropout = 0.2
stages = [{ channels = 6, stride = 2 }, { channels = 8, stride = 2 }]

[input]
size = 32
nanometres_per_pixel = 220

[split]
folds = 3
seed = 1
validation_share = 0.3

[sampling]
cells_per_epoch = 0
subject_exponent = 0.5
class_weight_exponent = 1.0

[augmentation]
flip = true
rotation = "any"
shift = 2.0
scale = 0.1
brightness = 0.1
contrast = 0.1
stain = 0.05
channel_gain = 0.02
blur = 0.3
blur_sigma = 1.0
noise = 1.0
cutout = 0.1

[optimisation]
batch = 8
epochs = 4
learning_rate = 0.01
warm_up_epochs = 1.0
weight_decay = 0.01
label_smoothing = 0.05
average_decay = 0.9

[early_stopping]
metric = "auc"
patience = 0

[calibration]
threshold = "half"
abstain_share = 0.1
"#;

pub(crate) fn recipe() -> Recipe {
    Recipe::parse(SMALL).unwrap()
}

pub(crate) fn data() -> DataSet {
    tch::set_num_threads(1);
    let dir = tempfile::tempdir().unwrap();
    draw_folders(dir.path(), EIGHT, "png");
    DataSet::load(
        dir.path(),
        &recipe().data,
        &recipe().input,
        None,
        Unreadable::Refuse,
    )
    .unwrap()
}

pub(crate) fn begin(
    folder: &Path,
    recipe: &Recipe,
    data: &DataSet,
    fold: Option<usize>,
) -> Result<Run, crate::Error> {
    let subjects = match fold {
        Some(k) => recipe.split.split(data.collection())?.fold(k)?.clone(),
        None => Fold::everything(data.collection()),
    };
    Run::begin(folder, recipe, &RunDescription::new(data, fold, subjects))
}

/// The network of [`SMALL`].
pub(crate) fn small_network(seed: u64) -> Network {
    let graph = recipe().graph(&LabelSet::lymphoblast()).unwrap();
    Network::new(&graph, Device::Cpu, seed).unwrap()
}

/// libtorch has one stream of random numbers a process, which dropout draws from: one training at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn train(
    folder: &Path,
    recipe: &Recipe,
    data: &DataSet,
    fold: Option<usize>,
    pause: Option<usize>,
) -> Stopped {
    train_with(folder, recipe, data, fold, pause, |_| ()).unwrap()
}

/// Trains with a learner that was prepared.
pub(crate) fn train_with(
    folder: &Path,
    recipe: &Recipe,
    data: &DataSet,
    fold: Option<usize>,
    pause: Option<usize>,
    prepare: impl FnOnce(&mut Learner<'_>),
) -> Result<Stopped, crate::Error> {
    let _alone = alone();
    let run = begin(folder, recipe, data, fold)?;
    let mut learner = Learner::start(run, data, Device::Cpu, None)?;
    prepare(&mut learner);
    learner.train(pause)
}

pub(crate) fn records(folder: &Path) -> Vec<EpochRecord> {
    let text = fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    let record = |l: &str| EpochRecord {
        seconds: 0.0,
        pace: None,
        ..serde_json::from_str(l).unwrap()
    };
    text.lines().map(record).collect()
}

#[test]
fn a_run_stopped_after_any_epoch_ends_equal_to_one_that_was_not() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let whole = dir.path().join("whole");
    assert_eq!(train(&whole, &recipe(), &data, Some(1), None), Stopped::Finished);
    for stops in [vec![1], vec![1, 2, 3], vec![2, 2]] {
        let parts = dir.path().join(format!("{stops:?}"));
        for stop in stops {
            assert_eq!(
                train(&parts, &recipe(), &data, Some(1), Some(stop)),
                Stopped::Paused
            );
        }
        assert_eq!(train(&parts, &recipe(), &data, Some(1), None), Stopped::Finished);
        assert_eq!(records(&parts), records(&whole));
        for file in [
            "best.safetensors",
            "last-0004.safetensors",
            "last.json",
            "run.json",
        ] {
            let read = |f: &Path| fs::read(f.join(file)).unwrap();
            assert!(read(&parts) == read(&whole), "{file} differs");
        }
    }
}

#[test]
fn an_epoch_that_was_not_committed_is_done_anew() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let (whole, killed) = (dir.path().join("whole"), dir.path().join("killed"));
    train(&whole, &recipe(), &data, Some(0), None);
    train(&killed, &recipe(), &data, Some(0), Some(2));
    // As a kill between the writes leaves it: newer weights and a newer line, no commit.
    fs::copy(whole.join("best.safetensors"), killed.join("best.safetensors")).unwrap();
    fs::copy(whole.join("metrics.jsonl"), killed.join("metrics.jsonl")).unwrap();
    fs::copy(
        whole.join("last-0004.safetensors"),
        killed.join("last-0003.safetensors"),
    )
    .unwrap();
    train(&killed, &recipe(), &data, Some(0), None);
    assert_eq!(records(&killed), records(&whole));
    let best = |f: &Path| fs::read(f.join("best.safetensors")).unwrap();
    assert!(best(&killed) == best(&whole));
}

#[test]
fn training_learns_cells_that_differ_and_a_finished_run_stays_as_it_is() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut recipe = recipe();
    recipe.optimisation.epochs = 20;
    assert_eq!(
        train(dir.path(), &recipe, &data, Some(0), None),
        Stopped::Finished
    );
    let lines = records(dir.path());
    assert!(lines.last().unwrap().loss < 0.8 * lines[0].loss, "{lines:?}");
    let best = lines
        .iter()
        .filter_map(|l| l.validation)
        .map(|v| v.auc)
        .fold(0.0, f64::max);
    assert!(best > 0.9, "{best}");
    let before = fs::read(dir.path().join("best.safetensors")).unwrap();
    assert_eq!(
        train(dir.path(), &recipe, &data, Some(0), None),
        Stopped::Finished
    );
    assert_eq!(records(dir.path()), lines);
    assert!(fs::read(dir.path().join("best.safetensors")).unwrap() == before);
}

#[test]
fn early_stopping_keeps_the_best_epoch() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut recipe = recipe();
    recipe.optimisation.epochs = 60;
    recipe.early_stopping.patience = 3;
    assert_eq!(train(dir.path(), &recipe, &data, Some(0), None), Stopped::Early);
    let lines = records(dir.path());
    let best = Run::open(dir.path()).unwrap().best_epoch().unwrap().unwrap();
    assert_eq!(lines.len(), best + 3);
    let top = lines[best - 1].validation.unwrap().auc;
    assert!(lines.iter().all(|l| l.validation.unwrap().auc <= top));
    // Given again it stays ended.
    assert_eq!(train(dir.path(), &recipe, &data, Some(0), None), Stopped::Early);
    assert_eq!(records(dir.path()).len(), lines.len());
}

#[test]
fn no_epoch_before_the_earliest_is_kept_or_ends_training() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut recipe = recipe();
    recipe.optimisation.epochs = 12;
    recipe.early_stopping.patience = 1;
    recipe.early_stopping.earliest_epoch = 5;
    train(dir.path(), &recipe, &data, Some(0), None);
    let lines = records(dir.path());
    assert!(lines.len() > 5 && lines[..4].iter().all(|l| !l.best) && lines[4].best);
    // Sooner than the training is long, the last epoch is kept.
    let short = dir.path().join("short");
    recipe.optimisation.epochs = 3;
    train(&short, &recipe, &data, Some(0), None);
    assert_eq!(Run::open(&short).unwrap().best_epoch().unwrap(), Some(3));
}

#[test]
fn the_last_epoch_is_kept_where_the_recipe_says_so() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut recipe = recipe();
    recipe.early_stopping = EarlyStopping {
        metric: StoppingMetric::LastEpoch,
        patience: 1,
        min_delta: 0.0,
        earliest_epoch: 0,
    };
    assert_eq!(
        train(dir.path(), &recipe, &data, Some(0), None),
        Stopped::Finished
    );
    assert_eq!(Run::open(dir.path()).unwrap().best_epoch().unwrap(), Some(4));
}

#[test]
fn a_release_trains_on_everything_and_keeps_the_last_epoch() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    assert_eq!(train(dir.path(), &recipe(), &data, None, None), Stopped::Finished);
    let run = Run::open(dir.path()).unwrap();
    assert_eq!(run.best_epoch().unwrap(), Some(4));
    assert_eq!(data.cells_of(&run.description().subjects.train).len(), data.len());
    run.best_network(Device::Cpu).unwrap();
}

#[test]
fn a_run_is_not_gone_on_with_under_another_recipe_or_data_nor_twice_at_once() {
    let (mut data, dir) = (data(), tempfile::tempdir().unwrap());
    train(dir.path(), &recipe(), &data, Some(0), Some(1));
    let message = |r: Result<Run, crate::Error>| r.unwrap_err().to_string();
    let unfinished = Run::open(dir.path()).unwrap().best_network(Device::Cpu);
    assert!(unfinished.unwrap_err().to_string().contains("has not ended"));

    let mut other = recipe();
    other.optimisation.learning_rate = 0.02;
    other.augmentation.noise = 2.0;
    let said = message(begin(dir.path(), &other, &data, Some(0)));
    assert!(
        said.contains("optimisation of the recipe") && said.contains("augmentation"),
        "{said}"
    );
    assert!(said.contains("another --out"), "{said}");
    assert!(message(begin(dir.path(), &recipe(), &data, Some(1))).contains("the fold"));
    let held = begin(dir.path(), &recipe(), &data, Some(0)).unwrap();
    assert!(held.is_ours());
    assert!(message(begin(dir.path(), &recipe(), &data, Some(0))).contains("another process"));
    drop(held);
    data.limit(20);
    assert!(message(begin(dir.path(), &recipe(), &data, Some(0))).contains("the data"));
}

#[test]
fn damaged_tensors_are_refused_with_a_remedy() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    train(dir.path(), &recipe(), &data, Some(0), Some(1));
    let path = dir.path().join("last-0001.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let run = begin(dir.path(), &recipe(), &data, Some(0)).unwrap();
    let error = Learner::start(run, &data, Device::Cpu, None).err().unwrap();
    let message = error.to_string();
    assert!(
        message.contains("last-0001.safetensors is damaged") && message.contains("train again"),
        "{message}"
    );
}

#[test]
fn an_epoch_takes_whole_batches_and_subjects_as_asked() {
    let data = data();
    let all: Vec<usize> = (0..data.len()).collect();
    let sampling = |count, exponent| Sampling {
        cells_per_epoch: count,
        subject_exponent: exponent,
        class_exponent: 0.0,
        class_weight_exponent: 1.0,
    };
    let sampler = Sampler::new(&data, all.clone(), &sampling(0, 0.0), 8, 1).unwrap();
    let epoch = sampler.epoch(1);
    assert_eq!(epoch.len(), 40);
    let mut once = epoch.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 40, "without weights no cell comes twice");
    assert_eq!(epoch, sampler.epoch(1));
    assert_ne!(epoch, sampler.epoch(2));

    // Subjects alike: over many draws each of the eight has an eighth.
    let sampler = Sampler::new(&data, all, &sampling(8000, 1.0), 8, 1).unwrap();
    let drawn = sampler.epoch(1);
    for subject in data.collection().groups().keys() {
        let n = drawn.iter().filter(|i| data.cell(**i).group == *subject).count();
        assert!((990..=1010).contains(&n), "{subject} {n}");
    }
    for w in sampler.class_weights() {
        assert!((w - 1.0).abs() < 1e-5, "both classes have four subjects: {w}");
    }
}

#[test]
fn what_is_kept_is_the_averaged_network() {
    let (data, dir) = (data(), tempfile::tempdir().unwrap());
    let mut recipe = recipe();
    recipe.optimisation.average_decay = 0.0;
    train(dir.path(), &recipe, &data, None, None);
    let all = Weights::load(&dir.path().join("last-0004.safetensors")).unwrap();
    let best = Weights::load(&dir.path().join("best.safetensors")).unwrap();
    for (name, array) in &best.0 {
        assert_eq!(all.0[&format!("average/{name}")], *array);
        assert_eq!(
            all.0[&format!("network/{name}")],
            *array,
            "without decay both are one"
        );
    }
}

#[test]
fn batches_of_the_released_recipe_stay_what_they_were_to_the_byte() {
    let size = 96;
    let planes: Vec<u8> = (0..3 * size * size)
        .map(|i| {
            let (c, x, y) = (i / (size * size), i % size, i / size % size);
            let inside = (x as i64 - 50).pow(2) + (y as i64 - 44).pow(2) < 30 * 30;
            if inside {
                (60 + 40 * c + (x * 7 + y * 13) % 50) as u8
            } else {
                0
            }
        })
        .collect();
    let batch = |augmentation: &Augmentation| {
        let mut all = Vec::new();
        for seed in 0..16 {
            let mut out = vec![0u8; planes.len()];
            augmentation.apply(&planes, size, &mut SplitMix64::new(seed), &mut out);
            all.extend(out);
        }
        blastscope_shared::package::sha256_hex(&all)
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recipes/dense.toml");
    let released = Recipe::read(&file).unwrap().augmentation;
    let everything = recipe().augmentation;
    let mut quarters = everything.clone();
    (quarters.rotation, quarters.scale) = (Rotation::Quarter, 0.0);
    for (name, wanted, now) in [
        ("recipes/dense.toml", RELEASED, &released),
        ("everything on", EVERYTHING, &everything),
        ("quarter turns", QUARTERS, &quarters),
    ] {
        assert_eq!(batch(now), wanted, "{name}");
    }
}

/// sha256 of batches of the first release.
const RELEASED: &str = "37fafcff4661229eeb6fed98778435f949ff514728ad5ddce2e944dd56b27be1";
const EVERYTHING: &str = "2b10b7c23b1f2b0453c474a6c666da509092ea0fd117309e5f5cbfe065bc2b0e";
const QUARTERS: &str = "1e6fe1925e7aec5b0a75ed22ce017cba14fc7858a08ca93adfed1b9dbc169ed4";
