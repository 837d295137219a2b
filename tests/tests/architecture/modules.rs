//! The modules of a crate, and which of them name which others.

use super::circles::Graph;
use super::source::{Located, Token, attribute, tokens, without_tests};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A path as written, or as names from the root of the crate.
pub type Names = Vec<String>;

/// All that a crate compiles without its tests.
#[derive(Debug, Default)]
pub struct Modules {
    /// Names by which the crate is called from within: `crate` and its own.
    own_name: String,
    pub modules: BTreeMap<Names, Module>,
    pub files: Vec<SourceFile>,
}

#[derive(Debug, Default)]
pub struct Module {
    file: PathBuf,
    /// Things that are defined here.
    items: BTreeSet<String>,
    /// Names that `use` brings here, and the path behind each.
    imports: BTreeMap<String, Names>,
    /// Paths behind `use …::*`.
    globs: Vec<Names>,
    /// Every path that begins in this crate, with its line.
    paths: Vec<(Names, usize)>,
}

#[derive(Debug)]
pub struct SourceFile {
    pub path: PathBuf,
    pub source: String,
    /// Tokens without those of tests.
    pub tokens: Vec<Located>,
    /// Lines without those of tests.
    pub lines: usize,
}

impl Modules {
    /// Reads the crate called `name` in `src`, from `lib.rs` and `main.rs` down.
    pub fn read(src: &Path, name: &str) -> Self {
        let mut crate_ = Self {
            own_name: name.replace('-', "_"),
            ..Self::default()
        };
        for root in ["lib.rs", "main.rs"].map(|root| src.join(root)) {
            if root.exists() {
                crate_.add_file(&root, &[], src);
            }
        }
        crate_
    }

    /// A crate of files that are given as name and text, for tests of this reader.
    pub fn drawn(module: &[&str], source: &str, into: &mut Self) {
        let all = tokens(source);
        let (tokens, _) = without_tests(&all);
        let names: Names = module.iter().map(|&n| n.to_owned()).collect();
        Scan::of(&tokens, &names, Path::new("drawn.rs"), into);
    }

    fn add_file(&mut self, file: &Path, names: &[String], children: &Path) {
        let source = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let (tokens, test_lines) = without_tests(&tokens(&source));
        let lines = source.lines().count() - test_lines;
        let found = Scan::of(&tokens, names, file, self);
        self.files.push(SourceFile {
            path: file.to_owned(),
            source,
            tokens,
            lines,
        });
        for child in found {
            let (below, name) = (&child.names[names.len()..], child.names.last().unwrap());
            let folder = below
                .iter()
                .fold(children.to_owned(), |folder, part| folder.join(part));
            let path = match &child.path {
                Some(path) => file.parent().unwrap().join(path),
                None => [folder.with_extension("rs"), folder.join("mod.rs")]
                    .into_iter()
                    .find(|path| path.exists())
                    .unwrap_or_else(|| panic!("{}: module {name} has no file", file.display())),
            };
            self.add_file(&path, &child.names, &folder);
        }
    }

    /// The module in which stands what `path` names when written in the module `from`; none for other crates.
    pub fn target(&self, from: &[String], path: &[String], hops: usize) -> Option<Names> {
        let first = path.first()?;
        let mut rest = path;
        let mut here: &[String] = from;
        if first == "crate" || (*first == self.own_name && !self.modules.contains_key(&with(from, first))) {
            (here, rest) = (&[], &path[1..]);
        } else if first == "self" {
            rest = &path[1..];
        } else if first != "super" {
            let known = self.modules.contains_key(&with(from, first))
                || self
                    .modules
                    .get(from)
                    .is_some_and(|m| m.imports.contains_key(first));
            if !known {
                return None;
            }
        }
        while rest.first().is_some_and(|name| name == "super") {
            (here, rest) = (&here[..here.len().checked_sub(1)?], &rest[1..]);
        }
        self.below(here.to_owned(), rest, hops)
    }

    fn below(&self, mut here: Names, mut rest: &[String], hops: usize) -> Option<Names> {
        while let Some(name) = rest.first() {
            let next = with(&here, name);
            if self.modules.contains_key(&next) {
                (here, rest) = (next, &rest[1..]);
                continue;
            }
            let module = self.modules.get(&here)?;
            if module.items.contains(name) || hops > 8 {
                return Some(here);
            }
            if let Some(import) = module.imports.get(name) {
                let path: Names = import.iter().chain(&rest[1..]).cloned().collect();
                return self.target(&here, &path, hops + 1);
            }
            let through_glob = |glob: &Names| {
                let there = self.target(&here, glob, hops + 1)?;
                let known = &self.modules[&there];
                (known.items.contains(name) || known.imports.contains_key(name)).then_some(there)
            };
            let Some(there) = module.globs.iter().find_map(through_glob) else {
                return Some(here);
            };
            return self.below(there, rest, hops + 1);
        }
        Some(here)
    }

    /// For each folder its modules and sub-folders, and which of them name which others.
    pub fn graphs(&self) -> BTreeMap<Names, Graph> {
        let mut graphs: BTreeMap<Names, Graph> = BTreeMap::new();
        for (names, module) in &self.modules {
            for (path, line) in &module.paths {
                let Some(target) = self.target(names, path, 0) else {
                    continue;
                };
                let shared = names.iter().zip(&target).take_while(|(a, b)| a == b).count();
                let (Some(from), Some(to)) = (names.get(shared), target.get(shared)) else {
                    continue;
                };
                let why = format!("{}:{line} {}", module.file.display(), path.join("::"));
                let graph = graphs.entry(names[..shared].to_vec()).or_default();
                graph
                    .entry(from.clone())
                    .or_default()
                    .entry(to.clone())
                    .or_default()
                    .insert(why);
            }
        }
        graphs
    }
}

fn with(names: &[String], name: &str) -> Names {
    names
        .iter()
        .map(String::as_str)
        .chain([name])
        .map(str::to_owned)
        .collect()
}

/// A module that stands in a file of its own.
struct Child {
    names: Names,
    /// What `#[path = "…"]` says.
    path: Option<String>,
}

/// Goes through the tokens of one file.
struct Scan<'a> {
    tokens: &'a [Located],
    file: &'a Path,
    /// The modules around the place, with the depth of braces in which each began.
    around: Vec<(Names, usize)>,
    children: Vec<Child>,
}

impl Scan<'_> {
    fn of(tokens: &[Located], names: &[String], file: &Path, into: &mut Modules) -> Vec<Child> {
        let mut scan = Scan {
            tokens,
            file,
            around: vec![(names.to_vec(), 0)],
            children: Vec::new(),
        };
        scan.module(into);
        let (mut at, mut depth, mut path) = (0, 0, None);
        while at < tokens.len() {
            if let Some((end, _)) = attribute(tokens, at) {
                path = path_attribute(&tokens[at..end]).or(path);
                at = end;
                continue;
            }
            match &tokens[at].token {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => {
                    depth -= 1;
                    if scan.around.len() > 1 && scan.around.last().is_some_and(|(_, begun)| *begun > depth) {
                        scan.around.pop();
                    }
                }
                Token::Mark(';') => path = None,
                Token::Word(word) => at = scan.word(word, at, depth, &mut path, into),
                _ => {}
            }
            at += 1;
        }
        scan.children
    }

    fn module<'m>(&self, into: &'m mut Modules) -> &'m mut Module {
        let names = &self.around[self.around.len() - 1].0;
        let module = into.modules.entry(names.clone()).or_default();
        self.file.clone_into(&mut module.file);
        module
    }

    fn next_word(&self, at: usize) -> Option<&str> {
        self.tokens.get(at + 1).and_then(Located::word)
    }

    /// Reads what begins with a word at `at`; gives the place of its last token.
    fn word(
        &mut self,
        word: &str,
        at: usize,
        depth: usize,
        path: &mut Option<String>,
        into: &mut Modules,
    ) -> usize {
        let begun = self.around[self.around.len() - 1].1;
        let own = into.own_name.clone();
        if word == "mod" && depth == begun {
            let Some(name) = self.next_word(at) else {
                return at;
            };
            let names = with(&self.around[self.around.len() - 1].0, name);
            if self.tokens[at + 2].is('{') {
                self.around.push((names, depth + 1));
                self.module(into);
                return at + 1; // the brace is counted by the caller
            }
            self.children.push(Child {
                names,
                path: path.take(),
            });
            return at + 1;
        }
        let captures = self.tokens.get(at + 1).is_some_and(|t| t.is('<')); // `impl Trait + use<'a>`
        if word == "use" && !captures {
            let length = self.tokens[at..].iter().position(|t| t.is(';')).unwrap_or(0);
            let line = self.tokens[at].line;
            let mut leaves = Vec::new();
            leaves_of(&self.tokens[at + 1..at + length], &[], &mut leaves);
            let module = self.module(into);
            for (path, name) in leaves {
                match name.as_str() {
                    "*" => module.globs.push(path.clone()),
                    _ => drop(module.imports.insert(name, path.clone())),
                }
                module.paths.push((path, line));
            }
            return at + length;
        }
        if depth == begun && is_item(word) {
            let after = usize::from(self.tokens.get(at + 1).is_some_and(|t| t.is('!')));
            if let Some(name) = self.next_word(at + after).filter(|name| !is_item(name)) {
                let name = name.to_owned();
                self.module(into).items.insert(name);
            }
        }
        let is_path = |at: usize| {
            self.tokens
                .get(at..at + 3)
                .is_some_and(|t| t[0].is(':') && t[1].is(':') && t[2].word().is_some())
        };
        let begins = at < 2 || !self.tokens[at - 1].is(':') || !self.tokens[at - 2].is(':');
        if begins && is_path(at + 1) && (["crate", "super", "self"].contains(&word) || word == own) {
            let mut names = vec![word.to_owned()];
            let mut last = at;
            while is_path(last + 1) {
                last += 3;
                names.extend(self.tokens[last].word().map(str::to_owned));
            }
            let line = self.tokens[at].line;
            self.module(into).paths.push((names, line));
            return last;
        }
        at
    }
}

fn is_item(word: &str) -> bool {
    let items = [
        "fn",
        "struct",
        "enum",
        "trait",
        "type",
        "const",
        "static",
        "union",
        "macro_rules",
    ];
    items.contains(&word)
}

fn path_attribute(attribute: &[Located]) -> Option<String> {
    match attribute {
        [_, _, name, _, text, _] if name.word() == Some("path") => match &text.token {
            Token::Text(path) => Some(path.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The paths of a `use`, each with the name that it brings.
fn leaves_of(tree: &[Located], before: &[String], leaves: &mut Vec<(Names, String)>) {
    let mut path = before.to_vec();
    let mut name = None;
    let mut at = 0;
    while at < tree.len() {
        match &tree[at].token {
            Token::Word(word) if word == "as" => {
                name = tree.get(at + 1).and_then(Located::word).map(str::to_owned);
                at += 1;
            }
            Token::Word(word) => path.push(word.clone()),
            Token::Mark('*') => name = Some("*".to_owned()),
            Token::Mark('{') => {
                let end = end_of_group(tree, at);
                for part in parts(&tree[at + 1..end]) {
                    leaves_of(part, &path, leaves);
                }
                return;
            }
            _ => {}
        }
        at += 1;
    }
    if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    if let Some(last) = path.last().cloned() {
        leaves.push((path, name.unwrap_or(last)));
    }
}

fn end_of_group(tree: &[Located], open: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tree.iter().enumerate().skip(open) {
        match token.token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tree.len()
}

/// What commas part outside of braces.
fn parts(tree: &[Located]) -> Vec<&[Located]> {
    let mut depth = 0;
    tree.split(|token| {
        match token.token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            _ => {}
        }
        depth == 0 && token.is(',')
    })
    .filter(|part| !part.is_empty())
    .collect()
}
