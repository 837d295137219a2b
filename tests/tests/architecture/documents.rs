//! Documents that are named exist: links between pages, and pages that sources and scripts name.

use super::crates::root;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Files below a folder; nothing hidden, nothing built.
fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with('.') || ["target", "runs", "blastscope-data", "corpus"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            below(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

fn texts() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    below(&root(), &mut files);
    let read = |path: PathBuf| fs::read_to_string(&path).ok().map(|text| (path, text));
    files.into_iter().filter_map(read).collect()
}

/// The name by which a heading can be linked.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What stands in the round brackets of `[…](…)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link)
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = String::new();
    let pages = texts()
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "md"));
    for (page, text) in pages {
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (file, part) = link.split_once('#').unwrap_or((link, ""));
            let there = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            let has_part = || {
                let target = fs::read_to_string(&there).unwrap_or_default();
                target
                    .lines()
                    .any(|line| line.starts_with('#') && anchor(line) == part)
            };
            if !there.exists() || !(part.is_empty() || has_part()) {
                writeln!(wrong, "{}: {link}", page.display()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn documents_that_sources_and_scripts_name_exist() {
    let mut wrong = String::new();
    let is_in_name = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    for (file, text) in texts() {
        for (at, _) in text.match_indices("docs/") {
            let named = &text[at..];
            let named = &named[..named.find(|c| !is_in_name(c)).unwrap_or(named.len())];
            let named = named.trim_end_matches('.');
            let is_ours = !text[..at].ends_with(|c: char| is_in_name(c));
            if is_ours && named.ends_with(".md") && !root().join(named).exists() {
                writeln!(wrong, "{}: {named}", file.display()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn links_and_headings_are_read() {
    assert_eq!(
        links("a [b](c.md) [d](e.md#f)\n![g](h.svg)").collect::<Vec<_>>(),
        ["c.md", "e.md#f", "h.svg"]
    );
    assert_eq!(anchor("## Where it *fails*: `all4`"), "where-it-fails-all4");
}
