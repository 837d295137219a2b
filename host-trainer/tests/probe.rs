//! A last layer is fitted on what a network says of the cells, judged, and released.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where it cannot go on

use blastscope_shared::package::{Package, TrustedKey};
use blastscope_tests::bench::Bench;
use blastscope_tests::small_recipe::RECIPE;
use std::fs;

/// The small recipe with a network whose random weights stay as they are.
fn recipe() -> String {
    let mut recipe: toml::Table = toml::from_str(RECIPE).unwrap();
    let network = "name = \"mobilenet_v2\"\nhead = { kind = \"masked-statistics\", strides = [2, 4] }";
    recipe.insert(
        "network".into(),
        toml::Value::Table(toml::from_str(network).unwrap()),
    );
    toml::to_string(&recipe).unwrap()
}

const PROBE: &str = "probe --data cells.pack --recipe recipe.toml --copies 2 --dimensions 4 --hidden 8 --members 2 \
                     --draws 4000";

fn bench() -> Bench {
    let bench = Bench::with_recipe("recipe.toml", &recipe());
    bench.succeed("pack --data data --recipe recipe.toml --out cells.pack");
    bench
}

#[test]
fn a_probe_is_judged_by_folds_and_released() {
    let bench = bench();
    bench.succeed("key new --out lab.key");
    let said = bench.succeed(&format!("{PROBE} --out probe --release probe.bsm --key lab.key"));
    assert!(
        said.contains("balanced accuracy") && said.contains("spoilt cells"),
        "{said}"
    );
    let figures = bench.json("probe/probe.json");
    assert_eq!(
        (&figures["cells"], &figures["uses_of_a_cell"]),
        (&44.into(), &2.into())
    );
    let key = TrustedKey::parse(&fs::read_to_string(bench.path("lab.pub")).unwrap()).unwrap();
    let package = Package::open(&fs::read(bench.path("probe.bsm")).unwrap(), &[key]).unwrap();
    let manifest = package.manifest();
    assert_eq!(manifest.unknown.as_ref().unwrap().dimensions(), 4);
    let judged: u64 = manifest
        .errors
        .as_ref()
        .unwrap()
        .rows()
        .iter()
        .flat_map(|r| &r.called)
        .sum();
    assert_eq!(judged, 44);
    // Again: features are read, and the figures are the same.
    let again = bench.succeed(&format!("{PROBE} --out probe"));
    assert!(!again.contains("computed features"), "{again}");
    assert_eq!(bench.json("probe/probe.json"), figures);
}

#[test]
fn a_probe_that_cannot_be_is_refused() {
    let bench = bench();
    bench.refuse(
        &format!("{PROBE} --out probe --release probe.bsm --key none.key"),
        &["none.key"],
    );
    bench.refuse(
        &format!("{PROBE} --out probe --release probe.onnx"),
        &["probe.onnx", "NAME.bsm"],
    );
    bench.refuse(
        &format!("{PROBE} --out probe --held-back cells.pack"),
        &["is held back and trained on", "remove it from one pack"],
    );
    bench.refuse(
        &format!("{PROBE} --out probe --unknown-share 1.5"),
        &["--unknown-share", "below 1"],
    );
    bench.refuse(
        &format!("{PROBE} --out probe --set network.name=\"dense\""),
        &["network.head"],
    );
    assert!(!bench.path("probe/probe.json").exists());
}
