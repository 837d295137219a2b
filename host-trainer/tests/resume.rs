//! The program killed, interrupted and without room, on small drawn cells: what it keeps, and how it goes on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use blastscope_shared::random::SplitMix64;
use blastscope_tests::bench::Bench;
use blastscope_tests::small_recipe::RECIPE;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// Everything that has a state within an epoch: dropout, mixup, batches of a step, a cycle of the rate,
/// moments and an average. Seven batches an epoch make four steps, the last one of a single batch.
fn eventful() -> String {
    RECIPE
        .replace("cells_per_epoch = 0", "cells_per_epoch = 28\nclass_exponent = 0.5")
        .replace("warm_up_epochs = 1.0", "warm_up_epochs = 0.0\nschedule = \"one-cycle\"")
        .replace(
            "batch = 8\nepochs = 12",
            "batch = 4\naccumulate = 2\nmixup = 0.4\ngradient_clip = 0.5\nepochs = 6",
        )
        .replace(
            "[calibration]",
            "[loss]\nkind = \"focal\"\ngamma = 1.5\n[checkpoints]\nevery_steps = 1\nkeep_last = 2\n[calibration]",
        )
}

fn bench() -> Bench {
    Bench::with_recipe("recipe.toml", &eventful())
}

/// Arguments of a training into `out`.
fn arguments<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let train = ["train", "--data", "data", "--recipe", "recipe.toml"];
    [&train[..], &["--fold", "1", "--out", out], more].concat()
}

fn succeed(bench: &Bench, arguments: &[&str]) -> (Vec<Value>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = bench.command(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success(), "{said}");
    let lines = String::from_utf8(stdout).unwrap();
    let event = |l: &str| serde_json::from_str(l).unwrap_or_else(|_| panic!("no JSON on stdout: {l}"));
    (lines.lines().map(event).collect(), said)
}

/// What a run leaves that goes on, by file; times are left out, and with them what is a diary: of the
/// process that trained, and for TensorBoard.
fn left(bench: &Bench, run: &str) -> BTreeMap<String, Vec<u8>> {
    let mut left = BTreeMap::new();
    for entry in fs::read_dir(bench.path(run)).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tensorboard") || path.ends_with("record.json") {
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        if path.ends_with("metrics.jsonl") {
            let text = String::from_utf8(bytes).unwrap();
            bytes = text.lines().map(timeless).collect::<String>().into_bytes();
        }
        left.insert(path.file_name().unwrap().to_string_lossy().into_owned(), bytes);
    }
    left
}

fn same(bench: &Bench, run: &str, whole: &str, about: &str) {
    let (ours, theirs) = (left(bench, run), left(bench, whole));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs), "{about}");
    for (name, bytes) in ours {
        assert!(theirs[&name] == bytes, "{name} differs: {about}");
    }
}

fn timeless(line: &str) -> String {
    let mut record: Value = serde_json::from_str(line).unwrap();
    let fields = record.as_object_mut().unwrap();
    fields.remove("seconds").unwrap();
    let pace = fields.remove("pace").unwrap();
    assert!(pace["images_per_second"].as_f64().unwrap() > 0.0);
    assert!((0.0..=1.0).contains(&pace["waiting_share"].as_f64().unwrap()));
    format!("{record}\n")
}

fn kind(event: &Value) -> &str {
    event["event"].as_str().expect("an event has a kind")
}

/// Reads events until so many have come; false when the program ended before.
fn await_events(child: &mut Child, count: usize) -> bool {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).take(count).count() == count
}

fn number(variable: &str) -> Option<u64> {
    let given = std::env::var(variable).ok()?;
    Some(
        given
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={given}: give a number")),
    )
}

/// `BLASTSCOPE_KILLS=20` kills twenty times; `BLASTSCOPE_KILL_SEED` repeats the moments of a run before.
#[test]
fn runs_killed_at_any_moment_end_equal_to_one_that_was_not() {
    let bench = bench();
    let (events, _) = succeed(&bench, &arguments("whole", &["--json"]));
    let wanted = number("BLASTSCOPE_KILLS").unwrap_or(4);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = number("BLASTSCOPE_KILL_SEED").unwrap_or(now.as_nanos() as u64 >> 10);
    println!(
        "BLASTSCOPE_KILL_SEED={seed}: {wanted} kills of runs of {} events",
        events.len()
    );
    let (mut kills, mut runs) = (0, 0);
    while kills < wanted {
        let run = runs;
        runs += 1;
        let mut random = SplitMix64::keyed(&[seed, run]);
        let out = format!("killed-{run}");
        let mut moments = vec![];
        // Every other run is killed once more on its way.
        for again in 0..=run % 2 {
            // The last event is that of the end; the second kill comes soon.
            let most = if again > 0 { 4 } else { events.len() - 1 };
            let after = random.below(most);
            let delay = Duration::from_micros(random.below(6000) as u64);
            let mut child = bench
                .command(&arguments(&out, &["--json"]))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            await_events(&mut child, after);
            let reached = Instant::now();
            // Not a wait: the moment itself, somewhere within a step or a write.
            while reached.elapsed() < delay {
                std::hint::spin_loop();
            }
            // SIGKILL: nothing is written or closed any more.
            child.kill().unwrap();
            let ended = child.wait().unwrap().success();
            kills += u64::from(!ended);
            let at = fs::read_to_string(bench.path(&out).join("last.json")).unwrap_or_default();
            let at: Value = serde_json::from_str(&at).unwrap_or_default();
            moments.push(format!(
                "{delay:?} after event {after}{}, with the state of {} epochs and {} batches",
                if ended { " (too late)" } else { "" },
                at["epoch"].as_u64().unwrap_or(0),
                at["within"]["batches"].as_u64().unwrap_or(0)
            ));
        }
        let moments = moments.join("; ");
        succeed(&bench, &arguments(&out, &[]));
        same(
            &bench,
            &out,
            "whole",
            &format!("seed {seed}, run {run}, killed {moments}"),
        );
        println!("run {run} killed {moments}: ends equal");
    }
    println!("{kills} kills, {runs} runs, {runs} equal ends");
}

#[test]
fn ctrl_c_ends_after_the_step_with_its_state_written_and_says_how_to_go_on() {
    let bench = bench();
    for (signal, out) in [("-INT", "interrupted run"), ("-TERM", "terminated")] {
        // As long as it takes the signal to arrive.
        let arguments = arguments(out, &["--json", "--epochs", "100000"]);
        let mut child = bench
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut state = lines.by_ref().map_while(Result::ok);
        assert!(
            state.any(|l| l.contains("\"state\"")),
            "a state within an epoch is announced"
        );
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let rest: Vec<Value> = lines
            .map(|l| serde_json::from_str(&l.unwrap()).unwrap())
            .collect();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert_eq!(rest.last().unwrap()["why"], "interrupted");
        for word in [
            "interrupted: ",
            "epochs",
            "the same command",
            "train --data data",
            "--epochs 100000",
        ] {
            assert!(said.contains(word), "{word} in {said}");
        }
        let last = fs::read_to_string(bench.path(out).join("last.json")).unwrap();
        let last: Value = serde_json::from_str(&last).unwrap();
        let epochs = last["epoch"].as_u64().unwrap();
        let pause = (epochs + 1).to_string();
        let (events, said) = succeed(&bench, &[&arguments[..], &["--pause-after", &pause]].concat());
        assert!(said.contains("paused"), "{said}");
        // What was done is not done again.
        let first = events
            .iter()
            .find(|e| ["epoch", "state"].contains(&kind(e)))
            .unwrap();
        assert_eq!(first["epoch"], epochs + 1);
        let batches = last["within"]["batches"].as_u64().unwrap_or(0);
        assert!(
            kind(first) == "epoch" || first["batches"].as_u64().unwrap() > batches,
            "{first}"
        );
    }
    let said = bench.command(&["cross-validate", "--help"]).output().unwrap();
    assert!(String::from_utf8_lossy(&said.stdout).contains("--json"));
}

#[test]
fn without_room_for_a_state_the_older_one_stays_and_is_gone_on_from() {
    let bench = bench();
    succeed(&bench, &arguments("whole", &[]));
    succeed(&bench, &arguments("full", &["--pause-after", "2"]));
    let before = left(&bench, "full");
    let state = before["last-0002.safetensors"].len();
    // No file may grow larger than a little less than a state: writing fails as on a full disk.
    let limited = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"",
        (state - 1) / 512
    );
    let output = Command::new("sh")
        .current_dir(bench.folder())
        .args(["-c", &limited, env!("CARGO_BIN_EXE_blastscope-train")])
        .args(["--threads", "1"])
        .args(arguments("full", &[]))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in [
        "state after 2 epochs",
        "make room",
        "the same command",
        "cannot write",
        "last-0002-000002.safetensors",
        "File too large",
    ] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(left(&bench, "full") == before, "nothing is half-written");
    succeed(&bench, &arguments("full", &[]));
    same(&bench, "full", "whole", "a disk that was full");
}

#[test]
fn a_run_goes_on_without_the_weights_it_began_with_and_not_as_another() {
    let bench = bench();
    succeed(&bench, &arguments("whole", &["--epochs", "1"]));
    fs::copy(
        bench.path("whole/best.safetensors"),
        bench.path("begin.safetensors"),
    )
    .unwrap();
    let with =
        |out, more: &[&'static str]| arguments(out, &[&["--pretrained", "begin.safetensors"], more].concat());
    succeed(&bench, &with("tuned", &[]));
    succeed(&bench, &with("parts", &["--pause-after", "1"]));
    fs::remove_file(bench.path("begin.safetensors")).unwrap();
    succeed(&bench, &with("parts", &[]));
    same(&bench, "parts", "tuned", "without its weights");
    for (arguments, words) in [
        (with("new", &[]), ["begin.safetensors", "--pretrained FILE"]),
        (
            arguments("parts", &[]),
            ["pretrained of the recipe", "another --out"],
        ),
        (
            with("parts", &["--set", "optimisation.mixup=0.1"]),
            ["optimisation of the recipe", "another --out"],
        ),
    ] {
        let output = bench.command(&arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(words.iter().all(|w| said.contains(w)), "{said}");
    }
    // When states are written may change on the way.
    succeed(&bench, &with("parts", &["--set", "checkpoints.every_steps=0"]));
}

#[test]
fn json_lines_say_all_that_happens_and_nothing_else_is_on_stdout() {
    let bench = bench();
    let validate = ["cross-validate", "--data", "data", "--recipe", "recipe.toml"];
    let validate = [&validate[..], &["--out", "cv", "--epochs", "2", "--json"]].concat();
    let (first, _) = succeed(&bench, &[&validate[..], &["--folds", "1"]].concat());
    assert_eq!(first.last().unwrap()["folds"][0], "0");
    let (events, _) = succeed(&bench, &validate);
    let kinds: Vec<&str> = events.iter().map(kind).filter(|k| *k != "state").collect();
    assert_eq!(
        kinds,
        ["begun", "epoch", "epoch", "ended", "report", "cross-validation"]
    );
    let epoch = events.iter().find(|e| kind(e) == "epoch").unwrap();
    assert_eq!((&epoch["run"], &epoch["epoch"]), (&"cv/fold-0".into(), &1.into()));
    assert!(epoch["validation"]["auc"].is_f64() && epoch["pace"]["images_per_second"].is_f64());
    let states = events.iter().filter(|e| kind(e) == "state").count();
    assert_eq!(states, 2 * 3, "a state a step but the last of an epoch");
    let gathered = &events.last().unwrap()["result"];
    assert_eq!(gathered["disclaimer"], blastscope_shared::DISCLAIMER);
    assert!(Path::new(&bench.path("cv/cross_validation.json")).exists());
}
