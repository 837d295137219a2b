//! The whole chain on drawn cells: train, evaluate, export, sign; then classify on the device, in tract
//! and in onnxruntime.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where it cannot go on

use blastscope_shared::package::{NumberFormat, Package, TrustedKey};
use blastscope_shared::preprocess::InputSpec;
use blastscope_tests::drawn_cells::{EIGHT, draw_cell, draw_folders};
use blastscope_tests::small_recipe::RECIPE;
use blastscope_tests::{root, run};
use blastscope_train::export::LastIntegers;
use blastscope_vision::crop::cell_of_picture;
use blastscope_vision::raster::PixelSize;
use image::ImageFormat;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

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
    let cells = draw_folders(&folder.path().join("data"), EIGHT, "png");
    // Trained for long enough that the release, fitted on other cells than the folds, is sure of its decisions.
    let recipe = RECIPE
        .replace("epochs = 6", "epochs = 12")
        .replace("weighted-f1", "half");
    std::fs::write(folder.path().join("recipe.toml"), recipe).unwrap();
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

/// Golden cells in onnxruntime against tract: f32 logits to 1e-4, the last int8 values, where there are any, to one step.
fn compare_in_onnxruntime(package: &Path, key: &Path) {
    let scratch = TempDir::new().unwrap();
    let integers = scratch.path().join("integers.safetensors");
    let trusted = TrustedKey::parse(&std::fs::read_to_string(key).unwrap()).unwrap();
    let bytes = std::fs::read(package).unwrap();
    let opened = Package::open(&bytes, std::slice::from_ref(&trusted)).unwrap();
    let has_integers = opened.network(NumberFormat::Int8).is_some();
    if has_integers {
        LastIntegers::write(&bytes, &[trusted], &integers).unwrap();
    }
    let python = std::env::var("BLASTSCOPE_TEST_PYTHON")
        .unwrap_or_else(|_| root().join(".venv-test/bin/python").display().to_string());
    let done = Command::new(python)
        .arg(root().join("scripts/compare_onnxruntime.py"))
        .arg(package)
        .args(has_integers.then_some(&integers))
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
fn onnxruntime_computes_the_released_packages_as_tract_does() {
    for (package, key) in [("blood.bsm", "release-2.pub"), ("lymphoblast.bsm", "release.pub")] {
        let models = root().join("models");
        compare_in_onnxruntime(&models.join(package), &models.join(key));
    }
}

#[test]
fn trainer_and_device_crop_a_cell_to_the_same_bytes() {
    // Within the picture, and reaching over its edges.
    for size in [24, 96] {
        let spec = InputSpec::masked_cell(size, 220);
        for file in RELEASED.cells.iter().step_by(7) {
            let bytes = std::fs::read(file).unwrap();
            let picture = blastscope_vision::picture::read_picture(file).unwrap();
            let on_device =
                cell_of_picture(&picture, PixelSize::new(55), &Default::default(), &spec).unwrap();
            let (in_training, _) = blastscope_train::data::crop_of_picture(&bytes, &spec).unwrap();
            assert_eq!(on_device.planes(), in_training.planes(), "{}", file.display());
        }
    }
}

#[test]
fn trainer_and_device_refuse_a_picture_with_the_same_words() {
    let encoded = |format: ImageFormat| {
        let mut bytes = Cursor::new(Vec::new());
        draw_cell("A1", 0).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let half = |format: ImageFormat| {
        let whole = encoded(format);
        whole[..whole.len() / 2].to_vec()
    };
    let mut vast = encoded(ImageFormat::Bmp);
    vast[18..22].copy_from_slice(&30_001i32.to_le_bytes());
    for bytes in [
        Vec::new(),
        b"GIF89a....".to_vec(),
        half(ImageFormat::Bmp),
        half(ImageFormat::Png),
        half(ImageFormat::Jpeg),
        vast,
    ] {
        let on_device = blastscope_vision::picture::decode_picture(&bytes)
            .unwrap_err()
            .to_string();
        let in_training = blastscope_train::data::decode_picture(&bytes).unwrap_err();
        assert!(in_training.starts_with(&on_device), "{in_training} / {on_device}");
    }
}

#[test]
fn the_released_packages_hold_on_this_device() {
    for package in ["models/blood.bsm", "models/lymphoblast.bsm"] {
        run("blastscope", &["model", "verify", package])
            .unwrap()
            .expect_success()
            .unwrap();
    }
    run("blastscope", &["self-test"])
        .unwrap()
        .expect_success()
        .unwrap();
}
