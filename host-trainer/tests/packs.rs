//! A pack takes the place of the data folder in every command.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where it cannot go on

use blastscope_tests::bench::Bench;
use std::fs;

#[test]
fn training_from_a_pack_ends_equal_to_training_from_the_folder() {
    let bench = Bench::new();
    let said = bench.succeed("pack --data data --recipe recipe.toml --out cells.pack");
    assert!(said.contains("44 cells of 32 px, raw"), "{said}");
    for (data, out) in [("data", "folder"), ("cells.pack", "packed")] {
        bench.succeed(&format!(
            "split --data {data} --recipe recipe.toml --out {out}.json"
        ));
        let split = format!("--split {out}.json");
        bench.succeed(&format!(
            "train --data {data} --recipe recipe.toml --epochs 3 --fold 1 --out {out} {split}"
        ));
    }
    let read = |name: &str| fs::read(bench.path(name)).unwrap();
    assert!(read("folder.json") == read("packed.json"), "the splits differ");
    for file in ["best.safetensors", "run.json"] {
        let [folder, packed] = ["folder", "packed"].map(|run| read(&format!("{run}/{file}")));
        assert!(folder == packed, "{file} differs");
    }
    // A run goes on, and is evaluated, from either.
    for data in ["data", "cells.pack"] {
        let said = bench.succeed(&format!("evaluate --data {data} --run packed"));
        assert!(said.contains("weighted F1"), "{said}");
    }
    bench.succeed("key new --out lab.key");
    bench.succeed("export --data cells.pack --run packed --key lab.key --out cells.bsm");
    let recipe = "--recipe recipe.toml --epochs 1";
    bench.succeed(&format!("cross-validate --data cells.pack {recipe} --out cv"));
}

#[test]
fn a_pack_that_does_not_fit_is_refused_before_anything_is_trained() {
    let bench = Bench::new();
    bench.succeed("pack --data data --size 48 --nanometres-per-pixel 200 --coding jpeg --out small.pack");
    let train = "train --recipe recipe.toml --out run --data";
    bench.refuse(
        &format!("{train} small.pack"),
        &["small.pack", "48 px", "32 px", "pack the data again"],
    );
    let mut bytes = fs::read(bench.path("small.pack")).unwrap();
    bytes[5000] ^= 1;
    fs::write(bench.path("flipped.pack"), &bytes).unwrap();
    let input = "--set input.size=48 --set input.nanometres_per_pixel=200";
    bench.refuse(
        &format!("{train} flipped.pack {input}"),
        &["flipped.pack", "pixels, block 1 of 1", "pack the data again"],
    );
    bench.refuse(
        &format!("{train} recipe.toml"),
        &["recipe.toml", "this is not a pack"],
    );
    bench.refuse("split --data recipe.toml --out s.json", &["this is not a pack"]);
    assert!(!bench.path("run").exists());
    bench.succeed(&format!("{train} small.pack {input} --epochs 1 --pause-after 1"));
}

#[test]
fn augmentation_where_the_network_is_trains_as_well_and_repeats_itself() {
    let bench = Bench::new();
    bench.succeed("pack --data data --recipe recipe.toml --out cells.pack");
    let mut weights = Vec::new();
    for (out, on) in [("a", "device"), ("b", "device"), ("c", "host"), ("d", "auto")] {
        let said = bench.succeed(&format!(
            "train --data cells.pack --recipe recipe.toml --epochs 2 --all --set augmentation.on={on} --out {out}"
        ));
        let place = if on == "device" { "device" } else { "host" };
        assert!(said.contains(&format!("augmentation on the {place}")), "{said}");
        weights.push(fs::read(bench.path(&format!("{out}/best.safetensors"))).unwrap());
    }
    assert!(weights[0] == weights[1], "the same seed gives the same weights");
    assert!(
        weights[2] == weights[3],
        "on the CPU the host augments by default"
    );
    assert!(weights[0] != weights[2]);
    // Other numbers and another layout are a matter of the recipe.
    let line = "train --data cells.pack --recipe recipe.toml --epochs 1 --all --out e --precision bf16 --set optimisation.channels_last=true";
    let said = bench.succeed(line);
    assert!(said.contains("bf16, channels last"), "{said}");
}
