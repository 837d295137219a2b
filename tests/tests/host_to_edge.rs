//! The whole chain on drawn cells: train, evaluate, export, sign; then classify on the device, in tract
//! and in onnxruntime.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where it cannot go on

use blastscope_shared::package::TrustedKey;
use blastscope_tests::drawn_cells::draw_data_set;
use blastscope_tests::{root, run};
use blastscope_train::export::LastIntegers;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

const RECIPE: &str = r#"
name = "drawn"
seed = 3
[network]
name = "dense"
dropout = 0.0
stages = [{ channels = 8, stride = 2 }, { channels = 16, stride = 2 }, { channels = 16 }, { channels = 24, stride = 2 }]
[input]
size = 48
nanometres_per_pixel = 440
[split]
folds = 2
seed = 1
validation_share = 0.4
[sampling]
cells_per_epoch = 0
subject_exponent = 0.5
class_weight_exponent = 0.5
[augmentation]
flip = true
rotation = "quarter"
shift = 1.0
scale = 0.0
brightness = 0.05
contrast = 0.0
stain = 0.0
channel_gain = 0.0
blur = 0.0
blur_sigma = 0.0
noise = 0.0
cutout = 0.0
[optimisation]
batch = 8
epochs = 12
learning_rate = 0.01
warm_up_epochs = 1.0
weight_decay = 0.01
label_smoothing = 0.0
average_decay = 0.9
[early_stopping]
metric = "balanced-loss"
patience = 0
[calibration]
threshold = "half"
abstain_share = 0.1
"#;

/// A trained, exported and signed package of drawn cells, made once.
struct Released {
    folder: TempDir,
    cells: Vec<PathBuf>,
}

impl Released {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

static RELEASED: LazyLock<Released> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let cells = draw_data_set(&folder.path().join("data"), 6, 6).unwrap();
    std::fs::write(folder.path().join("recipe.toml"), RECIPE).unwrap();
    let (data, recipe, key) = (at("data"), at("recipe.toml"), at("release.key"));
    let train = |arguments: &[&str]| {
        let all: Vec<&str> = ["--threads", "1"].iter().chain(arguments).copied().collect();
        run("blastscope-train", &all).unwrap().expect_success().unwrap()
    };
    train(&[
        "cross-validate",
        "--data",
        &data,
        "--recipe",
        &recipe,
        "--out",
        &at("cv"),
    ]);
    train(&[
        "train",
        "--all",
        "--data",
        &data,
        "--recipe",
        &recipe,
        "--out",
        &at("run"),
    ]);
    train(&["key", "new", "--out", &key]);
    train(&[
        "export",
        "--run",
        &at("run"),
        "--folds",
        &at("cv"),
        "--data",
        &data,
        "--key",
        &key,
        "--out",
        &at("drawn.bsm"),
    ]);
    Released { folder, cells }
});

fn trusted_key(released: &Released) -> String {
    released.path("release.pub")
}

#[test]
fn a_package_trained_on_drawn_cells_verifies_and_sorts_them_on_the_device() {
    let released = &*RELEASED;
    let (package, key) = (released.path("drawn.bsm"), trusted_key(released));
    run(
        "blastscope",
        &["model", "verify", &package, "--trusted-key", &key],
    )
    .unwrap()
    .expect_success()
    .unwrap();
    let mut decisions = Vec::new();
    for precision in ["int8", "f32"] {
        let data = released.path("data");
        let arguments = [
            "classify",
            "--json",
            "--model",
            &package,
            "--trusted-key",
            &key,
            "--precision",
            precision,
            &data,
        ];
        let lines = run("blastscope", &arguments)
            .unwrap()
            .expect_success()
            .unwrap()
            .json_lines()
            .unwrap();
        assert_eq!(lines.len(), released.cells.len());
        let right = lines.iter().filter(|l| {
            let label = if l["file"].as_str().unwrap().contains("/all/") {
                "all"
            } else {
                "hem"
            };
            l["decision"] == label
        });
        let share = right.count() as f64 / lines.len() as f64;
        assert!(share > 0.9, "{precision}: {share}");
        assert!(
            lines
                .iter()
                .all(|l| (0.0..=1.0).contains(&l["probability"].as_f64().unwrap()))
        );
        decisions.push(lines.iter().map(|l| l["decision"].clone()).collect::<Vec<_>>());
    }
    let differ = decisions[0]
        .iter()
        .zip(&decisions[1])
        .filter(|(a, b)| a != b)
        .count();
    assert!(
        differ * 20 <= released.cells.len(),
        "{differ} decisions differ between int8 and f32"
    );
}

#[test]
fn a_package_of_another_maker_is_refused_with_the_remedy() {
    let released = &*RELEASED;
    let package = released.path("drawn.bsm");
    let refused = run(
        "blastscope",
        &["classify", "--json", "--model", &package, &released.path("data")],
    )
    .unwrap();
    assert!(!refused.success);
    assert!(refused.stdout.is_empty());
    assert!(refused.stderr.contains("trusted_keys"), "{}", refused.stderr);
    assert!(refused.stderr.contains("drawn.bsm"), "{}", refused.stderr);
}

/// Golden cells in onnxruntime against tract: f32 logits to 1e-4, the last int8 values to one step.
fn compare_in_onnxruntime(package: &Path, key: &Path) {
    let scratch = TempDir::new().unwrap();
    let integers = scratch.path().join("integers.safetensors");
    let trusted = TrustedKey::parse(&std::fs::read_to_string(key).unwrap()).unwrap();
    LastIntegers::write(&std::fs::read(package).unwrap(), &[trusted], &integers).unwrap();
    let python = std::env::var("BLASTSCOPE_TEST_PYTHON")
        .unwrap_or_else(|_| root().join(".venv-test/bin/python").display().to_string());
    let done = Command::new(python)
        .arg(root().join("scripts/compare_onnxruntime.py"))
        .args([package, &integers])
        .output()
        .expect("the Python of the tests is missing: run scripts/prepare all");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    println!("{said}");
    assert!(done.status.success(), "{said}");
}

#[test]
fn onnxruntime_computes_a_fresh_package_as_tract_does() {
    compare_in_onnxruntime(
        &RELEASED.folder.path().join("drawn.bsm"),
        Path::new(&trusted_key(&RELEASED)),
    );
}

#[test]
fn onnxruntime_computes_the_released_package_as_tract_does() {
    compare_in_onnxruntime(
        &root().join("models/lymphoblast.bsm"),
        &root().join("models/release.pub"),
    );
}

#[test]
fn trainer_and_device_crop_a_cell_to_the_same_bytes() {
    let spec = blastscope_shared::preprocess::InputSpec::masked_cell(96, 220);
    for file in RELEASED.cells.iter().step_by(7) {
        let bytes = std::fs::read(file).unwrap();
        let picture = blastscope::picture::read_picture(file).unwrap();
        let on_device =
            blastscope::classify::cell_of_picture(&picture, 55, &Default::default(), &spec).unwrap();
        let (in_training, _) = blastscope_train::data::crop_of_picture(&bytes, &spec).unwrap();
        assert_eq!(on_device.planes(), in_training.planes(), "{}", file.display());
    }
}

#[test]
fn the_released_package_holds_on_this_device() {
    run("blastscope", &["model", "verify", "models/lymphoblast.bsm"])
        .unwrap()
        .expect_success()
        .unwrap();
    run("blastscope", &["self-test"])
        .unwrap()
        .expect_success()
        .unwrap();
}
