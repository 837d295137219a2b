//! A folder with drawn cells and a small recipe, in which tests run `blastscope-train`.

#![allow(clippy::unwrap_used)] // a test stops where it cannot go on

use crate::drawn_cells::{EIGHT, draw_folders};
use crate::small_recipe::RECIPE;
use crate::{Finished, program};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The folder; removed with the value.
#[derive(Debug)]
pub struct Bench {
    dir: TempDir,
}

/// Arguments of a program: a line of words, or a list of them.
pub trait Arguments {
    /// One after the other.
    fn words(&self) -> Vec<&str>;
}

impl Arguments for str {
    fn words(&self) -> Vec<&str> {
        self.split_whitespace().collect()
    }
}

impl Arguments for String {
    fn words(&self) -> Vec<&str> {
        self.as_str().words()
    }
}

impl Arguments for [&str] {
    fn words(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<const N: usize> Arguments for [&str; N] {
    fn words(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl Arguments for Vec<&str> {
    fn words(&self) -> Vec<&str> {
        self.clone()
    }
}

impl Bench {
    /// With the cells of eight subjects in `data` and the small recipe as `recipe.toml`.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::with_recipe("recipe.toml", RECIPE)
    }

    /// The same with another recipe, at this path below the folder.
    pub fn with_recipe(name: &str, recipe: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        draw_folders(&dir.path().join("data"), EIGHT, "bmp");
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, recipe).unwrap();
        Self { dir }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A JSON file in it.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// `blastscope-train` in the folder, on one thread and with no run store but its own.
    pub fn command(&self, arguments: &(impl Arguments + ?Sized)) -> Command {
        let mut command = program("blastscope-train").unwrap();
        command
            .current_dir(self.folder())
            .env_remove("BLASTSCOPE_RUNS")
            .args(["--threads", "1"])
            .args(arguments.words());
        command
    }

    /// Runs it to the end.
    pub fn run(&self, arguments: &(impl Arguments + ?Sized)) -> Finished {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs it, which must succeed; all that it said.
    pub fn succeed(&self, arguments: &(impl Arguments + ?Sized)) -> String {
        let finished = self.run(arguments);
        assert!(finished.success, "{:?}: {}", arguments.words(), finished.said());
        finished.said()
    }

    /// Runs it, which must be refused: exit code 1 and an error. All that it said.
    pub fn fail(&self, arguments: &(impl Arguments + ?Sized)) -> String {
        let finished = self.run(arguments);
        let said = finished.said();
        assert_eq!(finished.code, Some(1), "{:?}: {said}", arguments.words());
        assert!(finished.stderr.contains("error: "), "{said}");
        said
    }

    /// Runs it, which must be refused with all of these words.
    pub fn refuse(&self, arguments: &(impl Arguments + ?Sized), words: &[&str]) {
        let said = self.fail(arguments);
        for word in words {
            assert!(said.contains(word), "{word:?} in {said}");
        }
    }

    /// Runs it, which must succeed; the JSON lines of its standard output.
    pub fn json_lines(&self, arguments: &(impl Arguments + ?Sized)) -> Vec<Value> {
        let finished = self.run(arguments).expect_success().unwrap();
        finished.json_lines().unwrap()
    }
}
