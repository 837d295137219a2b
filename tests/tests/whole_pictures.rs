//! From folders of whole pictures, and from cells split at random, to a package that the device loads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops where it cannot go on

use blastscope_shared::package::{NumberFormat, Package, TrustedKey};
use blastscope_shared::preprocess::{Enhancement, InputSpec};
use blastscope_shared::random::SplitMix64;
use blastscope_tests::drawn_cells::{EIGHT, draw_folders};
use blastscope_tests::small_recipe::RECIPE;
use blastscope_tests::{Finished, run};
use image::{Rgb, RgbImage};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CLASSES: [&str; 4] = ["Benign", "Early", "Pre", "Pro"];

/// A dark disc on a pale ground, larger from class to class.
fn smear(class: usize, number: usize) -> RgbImage {
    let mut random = SplitMix64::keyed(&[class as u64, number as u64]);
    let radius = 4.0 + 5.0 * class as f32 + random.range(-1.0, 1.0);
    let centre = [random.range(28.0, 32.0), random.range(20.0, 24.0)];
    RgbImage::from_fn(60, 44, |x, y| {
        let inside = (x as f32 - centre[0]).hypot(y as f32 - centre[1]) < radius;
        let grain = random.range(-8.0, 8.0);
        let colour = if inside {
            [110.0, 60.0, 150.0]
        } else {
            [225.0, 205.0, 220.0]
        };
        Rgb(colour.map(|c: f32| (c + grain) as u8))
    })
}

fn draw_smears(root: &Path) -> Vec<(PathBuf, String)> {
    let mut drawn = Vec::new();
    for (c, class) in CLASSES.iter().enumerate() {
        let folder = root.join(class);
        std::fs::create_dir_all(&folder).unwrap();
        for i in 0..12 {
            let path = folder.join(format!("WBC-{class}-{i:03}.png"));
            smear(c, i).save(&path).unwrap();
            drawn.push((path, class.to_lowercase()));
        }
    }
    drawn
}

/// The small recipe with another network and whole pictures of four classes.
fn recipe() -> String {
    let (head, rest) = RECIPE.split_once("[network]").unwrap();
    let (_, rest) = rest.split_once("[input]").unwrap();
    let network = "[data]\nlayout = \"all-4\"\n[network]\nname = \"lightweight_cnn\"\nchannels = [8, 12]\nkernel = 5\n\
                   pool_after = [1, 2]\nunits = 24\ndropout = 0.1\n";
    format!("{head}{network}[input]\nframing = \"whole-picture\"\nenhancement = \"alkhouli2024\"{rest}")
        .replace("[split]", "[split]\nunit = \"image\"")
        .replace("\"weighted-f1\"", "\"half\"")
        .replace("epochs = 6", "epochs = 24")
}

fn trainer(arguments: &[&str]) -> Finished {
    let all: Vec<&str> = ["--threads", "1"].iter().chain(arguments).copied().collect();
    run("blastscope-train", &all).unwrap().expect_success().unwrap()
}

#[test]
fn whole_pictures_of_four_classes_come_to_the_device_in_f32() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let drawn = draw_smears(&folder.path().join("data"));
    std::fs::write(at("recipe.toml"), recipe()).unwrap();
    let (data, recipe) = (at("data"), at("recipe.toml"));
    let done = trainer(&[
        "cross-validate",
        "--recipe",
        &recipe,
        "--out",
        &at("cv"),
        "--data",
        &data,
    ]);
    assert!(
        done.stderr
            .contains("WARNING: fold 1: images split at random: optimistic"),
        "{}",
        done.stderr
    );
    assert!(done.stdout.contains("macro AUC (one vs rest)"), "{}", done.stdout);
    assert!(
        done.stdout.contains("intervals are over pictures"),
        "{}",
        done.stdout
    );
    assert!(!done.stdout.contains("cell area"), "{}", done.stdout);
    let text = std::fs::read_to_string(folder.path().join("cv/cross_validation.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["pooled"]["network"]["cells"], 48);
    assert!(
        json["pooled"]["title"]
            .as_str()
            .unwrap()
            .contains("images split at random: optimistic")
    );
    let f1 = json["network"]["weighted_f1"]["mean"].as_f64().unwrap();
    assert!(f1 > 0.6, "sizes are told apart: {f1}");

    trainer(&[
        "train",
        "--all",
        "--recipe",
        &recipe,
        "--out",
        &at("run"),
        "--data",
        &data,
    ]);
    trainer(&["key", "new", "--out", &at("release.key")]);
    let (package, key) = (at("four.bsm"), at("release.pub"));
    let (cv, own, secret) = (at("cv"), at("run"), at("release.key"));
    let done = trainer(&[
        "export", "--run", &own, "--folds", &cv, "--key", &secret, "--out", &package, "--data", &data,
    ]);
    assert!(done.stdout.contains("f32 only"), "{}", done.stdout);
    assert!(done.stderr.contains("not for redistribution"), "{}", done.stderr);
    let trusted = TrustedKey::parse(&std::fs::read_to_string(&key).unwrap()).unwrap();
    let opened = Package::open(&std::fs::read(&package).unwrap(), &[trusted]).unwrap();
    assert_eq!(opened.manifest().precisions, [NumberFormat::F32]);
    assert!(opened.manifest().subjects.is_empty());
    let protocol = opened.manifest().metrics["protocol"].as_str().unwrap();
    assert!(
        protocol.contains("images split at random: optimistic"),
        "{protocol}"
    );

    let device = |action| {
        run(
            "blastscope",
            &[
                action,
                "--json",
                &data,
                "--model",
                &package,
                "--trusted-key",
                &key,
            ],
        )
    };
    let done = device("classify").unwrap().expect_success().unwrap();
    let right = done.stdout.lines().zip(&drawn).filter(|(line, (path, label))| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["file"], path.to_str().unwrap());
        assert_eq!(line["probabilities"].as_object().unwrap().len(), 4);
        line["decision"] == label.as_str()
    });
    let right = right.count();
    assert!(right > 32, "{right} of 48");
    let screened = device("screen").unwrap();
    assert!(!screened.success && screened.stderr.contains("judges whole pictures"));
}

#[test]
fn trainer_and_device_see_the_same_whole_picture() {
    let folder = TempDir::new().unwrap();
    for enhancement in [Enhancement::None, Enhancement::Alkhouli2024] {
        let spec = InputSpec {
            enhancement,
            ..InputSpec::whole_picture(48, 100)
        };
        for class in 0..4 {
            let path = folder.path().join(format!("{class}.png"));
            smear(class, 7).save(&path).unwrap();
            let picture = blastscope_vision::picture::read_picture(&path).unwrap();
            let pixel_size = blastscope_vision::raster::PixelSize::new(55);
            let finder = Default::default();
            let on_device =
                blastscope_vision::crop::input_of_picture(&picture, pixel_size, &finder, &spec).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            let (in_training, area) = blastscope_train::data::crop_of_picture(&bytes, &spec).unwrap();
            assert_eq!(on_device.planes(), in_training.planes());
            assert_eq!(area, 0);
        }
    }
}

#[test]
fn one_logit_and_cells_split_at_random_are_released_with_a_warning() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    draw_folders(&folder.path().join("data"), EIGHT, "png");
    std::fs::write(at("recipe.toml"), RECIPE).unwrap();
    let data = at("data");
    let (recipe, own) = (at("recipe.toml"), at("run"));
    let single = "network.head={ kind = \"single\" }";
    let done = trainer(&[
        "train",
        "--data",
        &data,
        "--recipe",
        &recipe,
        "--out",
        &own,
        "--set",
        "split.unit=image",
        "--set",
        "split.validation_share=0.2",
        "--set",
        single,
    ]);
    assert!(
        done.stderr.contains("WARNING: fold 0: images split at random"),
        "{}",
        done.stderr
    );
    let evaluate = trainer(&["evaluate", "--data", &data, "--run", &own]);
    assert!(
        evaluate
            .stderr
            .contains("subjects under test were learnt from too"),
        "{}",
        evaluate.stderr
    );
    assert!(evaluate.stdout.contains("cell area alone"), "{}", evaluate.stdout);
    let (secret, key, package) = (at("release.key"), at("release.pub"), at("one.bsm"));
    trainer(&["key", "new", "--out", &secret]);
    trainer(&[
        "export", "--data", &data, "--run", &own, "--key", &secret, "--out", &package,
    ]);
    let model = |action| {
        let done = run("blastscope", &["model", action, &package, "--trusted-key", &key]);
        done.unwrap().expect_success().unwrap()
    };
    model("verify");
    let shown = model("show");
    assert!(
        shown.stdout.contains("images split at random: optimistic"),
        "{}",
        shown.stdout
    );
}
