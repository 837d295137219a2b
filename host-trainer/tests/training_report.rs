//! What a trained run leaves for its readers: the report as a page, comparisons, event files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops where it cannot go on

use blastscope_tests::bench::Bench;
use blastscope_tests::browser::Browser;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a person would look at, as a reader by keyboard or by ear meets it; JavaScript sees the page from
/// outside, the page itself has none.
const LOOK: &str = "(() => { const all = s => [...document.querySelectorAll(s)];
  const named = s => all(s).every(e => e.querySelector('title')?.textContent.trim());
  const levels = all('h1,h2,h3').map(h => +h.tagName[1]);
  const tooSmall = all('figure svg text').filter(t => t.getBoundingClientRect().height > 0
     && parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getScreenCTM().a < 8.5);
  return { wide: document.scrollingElement.scrollWidth - innerWidth, named: named('svg[role=img]'),
    figures: all('figure svg').length, pictures: all('.cells image').length,
    step: Math.max(0, ...levels.map((l, i) => i ? l - levels[i - 1] : 0)), first: levels[0],
    captions: all('table').every(t => t.caption && t.querySelector('th[scope=row]')),
    regions: all('.scroll').every(r => r.tabIndex == 0 && r.getAttribute('aria-label')),
    links: all('nav a').every(a => document.querySelector(a.getAttribute('href'))),
    lang: document.documentElement.lang, small: tooSmall.length, scripts: document.scripts.length,
    loaded: performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:')).length }; })()";

#[test]
fn the_page_of_a_cross_validation_is_whole_and_can_be_read_on_a_small_window() {
    let bench = Bench::new();
    let said = bench.succeed("cross-validate --data data --recipe recipe.toml --epochs 3 --out cv");
    assert!(
        said.contains("cv/report.html") && said.contains("% specificity"),
        "{said}"
    );
    let again = bench.succeed("report --folds cv");
    assert!(again.contains("without --data"), "{again}");
    let without = fs::read_to_string(bench.path("cv/report.html")).unwrap();
    assert!(without.contains("Not available: pictures of cells") && !without.contains("data:image"));
    bench.succeed("report --folds cv --data data --cache cv/cache");
    for page in ["cv/report.html", "cv/fold-0/report.html"] {
        let page = fs::read_to_string(bench.path(page)).unwrap();
        for part in [
            blastscope_shared::DISCLAIMER,
            "Data fingerprint",
            "Learning curves: loss",
            "data:image/png;base64",
            "Grad-CAM",
            "Ethical considerations",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(page.len() < 3 << 20);
    }
    let said = bench.fail("report --run cv/nothing");
    assert!(said.contains("neither report.json nor"), "{said}");

    let browser = Browser::start(400, 800).unwrap();
    browser
        .open(&format!("file://{}", bench.path("cv/report.html").display()))
        .unwrap();
    let seen = browser.evaluate(LOOK).unwrap();
    assert!(
        seen["wide"].as_f64().unwrap() <= 0.0,
        "it scrolls sideways: {seen}"
    );
    for holds in ["named", "captions", "regions", "links"] {
        assert_eq!(seen[holds], true, "{holds}: {seen}");
    }
    for (count, wanted) in [
        ("small", 0),
        ("scripts", 0),
        ("loaded", 0),
        ("first", 1),
        ("step", 1),
    ] {
        assert_eq!(seen[count], wanted, "{count}: {seen}");
    }
    assert_eq!(seen["lang"], "en");
    assert!(
        seen["figures"].as_u64() >= Some(7) && seen["pictures"].as_u64() >= Some(2),
        "{seen}"
    );
}

#[test]
fn two_runs_are_compared_on_the_same_cells_and_on_no_others() {
    let bench = Bench::new();
    for (run, more) in [("a", "--fold 0"), ("b", "--fold 0 --seed 8"), ("c", "--fold 1")] {
        bench.succeed(&format!(
            "train --data data --recipe recipe.toml --epochs 2 --out {run} {more}"
        ));
        bench.succeed(&format!("evaluate --data data --run {run}"));
    }
    let said = bench.succeed("compare a b --out ab.json");
    for part in [
        "McNemar (exact binomial)",
        "believe the interval over subjects",
        "first less second",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(bench.path("ab.json")).unwrap()).unwrap();
    let cells = json["cells"].as_u64().unwrap();
    let counts = ["both", "only_first", "only_second", "neither"];
    let sum: u64 = counts.map(|c| json["mcnemar"][c].as_u64().unwrap()).iter().sum();
    assert!(cells > 0 && sum == cells, "{json}");
    let said = bench.succeed("evaluate --data data --run a --against b");
    assert!(said.contains("McNemar"), "{said}");
    let said = bench.fail("compare a c");
    assert!(said.contains("the test cells differ"), "{said}");
}

/// What TensorBoard's own reader finds: [step, value] by tag.
fn scalars(run: &Path) -> BTreeMap<String, Vec<(u64, f64)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let python = std::env::var_os("BLASTSCOPE_TEST_PYTHON")
        .map_or_else(|| root.join(".venv-test/bin/python"), PathBuf::from);
    let done = Command::new(python)
        .arg(root.join("scripts/read_tensorboard.py"))
        .arg(run.join("tensorboard"))
        .output()
        .expect("the Python of the tests is missing: run scripts/prepare all");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    serde_json::from_slice(&done.stdout).unwrap()
}

/// The files of a folder, not its folders.
fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[test]
fn tensorboard_reads_every_epoch_once_also_after_a_kill_and_a_start_anew() {
    let bench = Bench::new();
    let train = "train --data data --recipe recipe.toml --epochs 4 --out run";
    bench.succeed(&format!("{train} --pause-after 2"));
    let run = bench.path("run");
    let files = || {
        let mut files: Vec<PathBuf> = fs::read_dir(run.join("tensorboard"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        files.sort();
        files
    };
    // As a kill leaves it: an epoch that was logged and not committed, and a record torn in the middle.
    let saved = bench.path("saved");
    copy_files(&run, &saved);
    bench.succeed(&format!("{train} --pause-after 3"));
    let second = files().pop().unwrap();
    let whole = fs::read(&second).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(&second).unwrap();
    file.write_all(&whole[..whole.len() / 2]).unwrap();
    copy_files(&saved, &run);
    bench.succeed(train);
    assert_eq!(files().len(), 3);
    bench.succeed(train);
    assert_eq!(files().len(), 3, "a finished run has nothing to log");

    let read = scalars(&run);
    let records: Vec<serde_json::Value> = fs::read_to_string(run.join("metrics.jsonl"))
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(records.len(), 4);
    for (tag, pointer) in [
        ("train/loss", "/loss"),
        ("train/learning_rate", "/learning_rate"),
        ("speed/seconds", "/seconds"),
        ("validation/loss", "/validation/loss"),
        ("validation/weighted_f1", "/validation/weighted_f1"),
        ("validation/auc", "/validation/auc"),
    ] {
        let expected: Vec<(u64, f64)> = records
            .iter()
            .map(|r| {
                let value = r.pointer(pointer).unwrap().as_f64().unwrap();
                (r["epoch"].as_u64().unwrap(), f64::from(value as f32))
            })
            .collect();
        assert_eq!(read[tag], expected, "{tag}");
    }
    assert!(read["speed/images_per_second"].iter().all(|v| v.1 > 0.0));
}
