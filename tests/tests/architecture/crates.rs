//! The crates of the workspace, and which may need which.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A crate and the crates of ours that it may need.
pub struct Crate {
    /// Folder, from the root of the workspace.
    pub folder: &'static str,
    pub name: &'static str,
    pub may_need: &'static [&'static str],
}

const CORE: &str = "blastscope-shared";
const VISION: &str = "blastscope-vision";
const INFERENCE: &str = "blastscope-inference";
const NETWORK: &str = "blastscope-network";
const TRAINER: &str = "blastscope-train";
const EDGE: &str = "blastscope";
const TESTS: &str = "blastscope-tests";

/// The layout: an arrow that is not here is a mistake.
pub const CRATES: [Crate; 7] = [
    Crate {
        folder: "shared/core",
        name: CORE,
        may_need: &[],
    },
    Crate {
        folder: "shared/vision",
        name: VISION,
        may_need: &[CORE],
    },
    Crate {
        folder: "shared/inference",
        name: INFERENCE,
        may_need: &[CORE],
    },
    Crate {
        folder: "host-trainer/network",
        name: NETWORK,
        may_need: &[CORE],
    },
    Crate {
        folder: "host-trainer",
        name: TRAINER,
        may_need: &[CORE, VISION, INFERENCE, NETWORK],
    },
    Crate {
        folder: "edge-device",
        name: EDGE,
        may_need: &[CORE, VISION, INFERENCE],
    },
    Crate {
        folder: "tests",
        name: TESTS,
        may_need: &[CORE, VISION, INFERENCE, NETWORK, TRAINER, EDGE],
    },
];

/// Crates that what is shared may not need even for its tests.
pub const ENDS: [&str; 2] = [TRAINER, EDGE];

/// The root of the workspace.
pub fn root() -> PathBuf {
    let tests = env::var("CARGO_MANIFEST_DIR").expect("cargo says where the crate lies");
    Path::new(&tests)
        .parent()
        .expect("the crate lies in the workspace")
        .to_owned()
}

impl Crate {
    pub fn src(&self) -> PathBuf {
        root().join(self.folder).join("src")
    }

    /// Crates of ours that its Cargo.toml names in sections that end so: `dependencies`, `dev-dependencies`.
    pub fn needs(&self, section: &str) -> BTreeSet<String> {
        let file = root().join(self.folder).join("Cargo.toml");
        let manifest = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        needs(&manifest, section)
    }
}

/// Crates of ours that a manifest names in a section.
pub fn needs(manifest: &str, section: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            let (table, name) = header.rsplit_once('.').unwrap_or((header, ""));
            inside = is_section(header, section);
            if is_section(table, section) && name.starts_with("blastscope") {
                found.insert(name.to_owned());
            }
        } else if inside && line.starts_with("blastscope") {
            let end = line
                .find(|c: char| !(c.is_alphanumeric() || c == '-'))
                .unwrap_or(line.len());
            found.insert(line[..end].to_owned());
        }
    }
    found
}

/// `dependencies` itself, or that of a target.
fn is_section(header: &str, section: &str) -> bool {
    header == section
        || header
            .strip_suffix(section)
            .is_some_and(|rest| rest.starts_with("target.") && rest.ends_with('.'))
}

/// Folders that the workspace names as its members.
pub fn members() -> BTreeSet<String> {
    let file = root().join("Cargo.toml");
    let manifest = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let list = manifest.split_once("\nmembers = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}
