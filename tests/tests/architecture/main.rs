//! What keeps the layout: which crate may need which, no circles between folders, files of one thought.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops where it cannot go on

mod circles;
mod crates;
mod documents;
mod modules;
mod reading;
mod source;

use circles::{Graph, knots, told};
use crates::{CRATES, Crate, ENDS, members};
use modules::{Modules, SourceFile};
use source::Token;
use std::fmt::Write;

/// A file with more lines of code than this says why in its first comment ("because").
const LONGEST_FILE: usize = 500;
/// A text of so many words is a sentence.
const WORDS_OF_A_SENTENCE: usize = 4;

fn read(of: &Crate) -> Modules {
    Modules::read(&of.src(), of.name)
}

fn edge_device() -> Modules {
    read(CRATES.iter().find(|c| c.folder == "edge-device").unwrap())
}

#[test]
fn every_crate_of_the_workspace_has_its_place_in_the_layout() {
    let known = CRATES.iter().map(|c| c.folder.to_owned()).collect();
    assert_eq!(
        members(),
        known,
        "members of Cargo.toml beside the crates of the layout"
    );
}

#[test]
fn a_crate_needs_only_crates_that_stand_below_it() {
    let mut wrong = String::new();
    for of in &CRATES {
        for needed in of
            .needs("dependencies")
            .iter()
            .filter(|n| !of.may_need.contains(&n.as_str()))
        {
            writeln!(wrong, "{} must not need {needed}", of.name).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_shared_never_needs_device_or_trainer() {
    for of in CRATES.iter().filter(|c| c.folder.starts_with("shared/")) {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let needed = of.needs(section);
            let ends = ENDS.iter().find(|end| needed.contains(**end));
            assert_eq!(ends, None, "{} in its {section}", of.name);
        }
    }
}

#[test]
fn no_circle_between_the_folders_of_a_crate() {
    let mut wrong = String::new();
    for of in &CRATES {
        let graph = read(of).graphs().remove(&Vec::new()).unwrap_or_default();
        for knot in knots(&graph) {
            writeln!(wrong, "{}:\n{}", of.name, told(&graph, &knot)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn no_circle_between_the_files_of_a_folder() {
    let mut wrong = String::new();
    for of in &CRATES {
        for (folder, graph) in read(of).graphs().iter().filter(|(folder, _)| !folder.is_empty()) {
            for knot in knots(graph) {
                writeln!(wrong, "{} {}:\n{}", of.name, folder.join("/"), told(graph, &knot)).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_long_file_says_why() {
    let mut wrong = String::new();
    for of in &CRATES {
        for file in read(of)
            .files
            .iter()
            .filter(|f| f.lines > LONGEST_FILE && !says_why(f))
        {
            writeln!(
                wrong,
                "{}: {} lines without its tests",
                file.path.display(),
                file.lines
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn says_why(file: &SourceFile) -> bool {
    let first = file.source.lines().take_while(|line| line.starts_with("//"));
    first.collect::<Vec<_>>().join(" ").contains("because")
}

#[test]
fn that_a_slide_is_unsigned_is_said_in_one_place() {
    let device = edge_device();
    let says = |f: &&SourceFile| {
        f.tokens
            .iter()
            .filter(|t| t.token == Token::Text("unsigned".to_owned()))
            .count()
    };
    let places: Vec<_> = device.files.iter().filter(|f| says(f) > 0).collect();
    let listed: Vec<_> = places.iter().map(|f| &f.path).collect();
    assert!(places.iter().map(says).sum::<usize>() <= 1, "{listed:?}");
    assert!(
        device.files.iter().any(|f| f.source.contains("enum ReviewState")),
        "the state of review is an enum"
    );
    assert!(
        places.iter().all(|f| f.source.contains("enum ReviewState")),
        "{listed:?}"
    );
}

#[test]
fn the_domain_has_no_sentences() {
    let mut wrong = String::new();
    for file in edge_device()
        .files
        .iter()
        .filter(|f| f.path.components().any(|c| c.as_os_str() == "domain"))
    {
        let mut at = 0;
        while at < file.tokens.len() {
            if let Some((end, _)) = source::attribute(&file.tokens, at) {
                at = end;
                continue;
            }
            match &file.tokens[at].token {
                Token::Text(text) if text.split_whitespace().count() >= WORDS_OF_A_SENTENCE => {
                    writeln!(
                        wrong,
                        "{}:{}: {text:?}",
                        file.path.display(),
                        file.tokens[at].line
                    )
                    .unwrap();
                }
                _ => {}
            }
            at += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn drawn(arrows: &[(&str, &str)]) -> Graph {
    let mut graph = Graph::new();
    for (from, to) in arrows {
        let targets = graph.entry((*from).to_owned()).or_default();
        targets
            .entry((*to).to_owned())
            .or_default()
            .insert(format!("{from}.rs:1"));
    }
    graph
}

#[test]
fn circles_of_a_drawn_graph_are_found_and_named() {
    assert!(knots(&drawn(&[("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")])).is_empty());
    let graph = drawn(&[
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("d", "e"),
        ("e", "d"),
        ("x", "a"),
    ]);
    assert_eq!(knots(&graph), [vec!["a", "b", "c"], vec!["d", "e"]]);
    let told = told(&graph, &knots(&graph)[0]);
    assert!(
        told.contains("circle of a, b, c") && told.contains("c -> a: 1 places, such as c.rs:1"),
        "{told}"
    );
    assert!(!told.contains("c -> d"), "{told}");
}
