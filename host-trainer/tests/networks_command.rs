//! `networks` and `network` as their users call them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use blastscope_shared::DISCLAIMER;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blastscope-train"));
    command.args(["--threads", "1"]).args(arguments).output().unwrap()
}

fn succeed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn fail(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_page_of_networks_is_what_the_command_prints_and_only_the_macs_of_lite_differ_from_the_published_ones()
{
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/networks.md");
    let committed = std::fs::read_to_string(page).unwrap();
    let printed = succeed(&["networks", "--markdown"]);
    assert!(
        committed == printed,
        "docs/reference/networks.md is not what the command prints: blastscope-train networks --markdown > docs/reference/networks.md"
    );
    for row in printed.lines().filter(|l| l.starts_with("| `")) {
        let differing = row.split(" | ").filter(|cell| cell.contains('≠'));
        let differing: Vec<&str> = differing.collect();
        let wanted = usize::from(row.starts_with("| `efficientnet_lite"));
        assert_eq!(differing.len(), wanted, "{row}");
        assert!(differing.iter().all(|cell| cell.ends_with("(l)")), "{row}");
    }
    assert!(printed.contains(DISCLAIMER));
}

#[test]
fn every_network_is_a_json_line_with_its_numbers_at_the_stated_input() {
    let text = succeed(&["networks", "--json", "--size", "128", "--labels", "2"]);
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), blastscope_network::zoo::NETWORKS.len());
    for line in &lines {
        assert_eq!(line["input"], serde_json::json!([3, 128, 128]));
        let number = |key: &str| line[key].as_u64().unwrap();
        assert!(number("macs") > number("activation_bytes") / 4, "{line}");
        let weights = 4 * number("parameters");
        // Folded norms take numbers away; others bring their running statistics, and names take some kilobytes.
        let bytes = number("onnx_bytes");
        assert!(
            bytes > weights * 9 / 10 && bytes < weights * 11 / 10 + 300_000,
            "{line}"
        );
    }
    let resnet = |size: &str| {
        let text = succeed(&["network", "resnet18", "--json", "--size", size]);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let (small, large) = (resnet("112"), resnet("224"));
    assert_eq!(large["parameters"], 11_689_512);
    assert_eq!(small["parameters"], large["parameters"]);
    assert!(large["macs"].as_f64().unwrap() > 3.5 * small["macs"].as_f64().unwrap());
    assert_eq!(large["nodes"][1]["name"], "conv1");
}

#[test]
fn the_table_names_the_input_of_each_network_and_one_that_cannot_take_a_size_does_not_hide_the_rest() {
    let table = succeed(&["networks"]);
    for part in ["3x299x299", "3x480x480", "vgg19", "143667240", DISCLAIMER] {
        assert!(table.contains(part), "{part} in {table}");
    }
    let output = run(&["networks", "--size", "40"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("inception_v3") && said.contains("at least 75 px"),
        "{said}"
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("resnet18"));
}

#[test]
fn a_network_is_drawn_into_a_file_and_bad_input_ends_with_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.svg");
    let path = path.to_str().unwrap();
    succeed(&["network", "efficientnet_v2_s", "--draw", path]);
    let svg = std::fs::read_to_string(path).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("efficientnet_v2_s for pictures of 3x384x384"));
    let text = fail(&["network", "resnet19"]);
    assert!(text.contains("resnet18"), "{text}");
    let text = fail(&["network", "vgg16", "--size", "8"]);
    assert!(text.contains("at least 32 px"), "{text}");
    let png = folder.path().join("net.png");
    let text = fail(&["network", "vgg16", "--draw", png.to_str().unwrap()]);
    assert!(text.contains("ends in .svg") && !png.exists(), "{text}");
    assert!(fail(&["network"]).contains("<NAME>"));
}
