//! Every input that the fuzzer found or was given, and mutations of it, through the bodies of the fuzz targets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../fuzz/src/lib.rs"]
mod bodies;

use blastscope_shared::random::SplitMix64;
use std::path::Path;

/// Values at which arithmetic goes wrong.
const ODD: [u8; 6] = [0, 1, 127, 128, 254, 255];

/// Inputs of a target, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut inputs: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{}", folder.display());
    inputs
}

/// One to four changes: a bit, a value, a run that is repeated, a run that is left out, the end.
fn mutated(bytes: &[u8], random: &mut SplitMix64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            break;
        }
        // Headers are where the decisions are.
        let within = if random.below(2) == 0 {
            bytes.len().min(64)
        } else {
            bytes.len()
        };
        let at = random.below(within);
        let end = bytes.len().min(at + 1 + random.below(32));
        match random.below(5) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = ODD[random.below(ODD.len())],
            2 => {
                let run = bytes[at..end].to_vec();
                bytes.splice(at..at, run);
            }
            3 => drop(bytes.drain(at..end)),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// Runs a body on the corpus and `times` mutations of each input; the input that breaks it is named and kept.
fn holds_on_corpus(target: &str, body: fn(&[u8]), times: u64) {
    for (number, (name, bytes)) in (0..).zip(corpus(target)) {
        let mut random = SplitMix64::keyed(&[number]);
        for time in 0..=times {
            let input = if time == 0 {
                bytes.clone()
            } else {
                mutated(&bytes, &mut random)
            };
            if std::panic::catch_unwind(|| body(&input)).is_err() {
                let kept = std::env::temp_dir().join(format!("{target}-{name}-{time}"));
                std::fs::write(&kept, &input).unwrap();
                panic!(
                    "{target}: mutation {time} of {name} breaks it, see {}",
                    kept.display()
                );
            }
        }
    }
}

/// More mutations than the usual ones, for a long search without a fuzzer.
fn times(usual: u64) -> u64 {
    std::env::var("BLASTSCOPE_MUTATIONS").map_or(usual, |n| n.parse().unwrap())
}

#[test]
fn no_picture_file_breaks_the_way_to_cells() {
    holds_on_corpus("picture", bodies::picture, times(24));
}

#[test]
fn no_field_breaks_the_way_to_cells() {
    holds_on_corpus("field", bodies::field, times(8));
}

#[test]
fn no_bytes_are_a_package_that_nobody_signed() {
    holds_on_corpus("package", bodies::package, times(200));
}
