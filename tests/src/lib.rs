//! What the tests of several crates share: the built programs, a place for data, drawn cells and a recipe
//! that trains on them in seconds.

pub mod bench;
pub mod browser;
pub mod drawn_cells;
pub mod small_recipe;

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A program of this workspace, built beside the running test.
pub fn program(name: &str) -> Result<Command> {
    let test = std::env::current_exe()?;
    let folder = test
        .parent()
        .and_then(Path::parent)
        .context("the test has no folder")?;
    let path = folder.join(name);
    if !path.is_file() {
        bail!(
            "{} is not built: run cargo build --workspace first",
            path.display()
        );
    }
    let mut command = Command::new(path);
    command.current_dir(root()).stdin(Stdio::null());
    Ok(command)
}

/// Runs to the end; output and errors as text.
pub fn run(name: &str, arguments: &[&str]) -> Result<Finished> {
    Ok(program(name)?.args(arguments).output()?.into())
}

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Exit code 0.
    pub success: bool,
    /// Exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            success: output.status.success(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Finished {
    /// The JSON lines of standard output.
    pub fn json_lines(&self) -> Result<Vec<serde_json::Value>> {
        self.stdout
            .lines()
            .map(|l| serde_json::from_str(l).with_context(|| format!("no JSON: {l}")))
            .collect()
    }

    /// Standard output, then errors.
    pub fn said(&self) -> String {
        self.stdout.clone() + &self.stderr
    }

    /// Itself if the program succeeded, otherwise an error with what it printed.
    pub fn expect_success(self) -> Result<Self> {
        if self.success {
            return Ok(self);
        }
        bail!("the program failed:\n{}\n{}", self.stdout, self.stderr)
    }
}

/// `blastscope serve` on a free port; ended with the value.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT/`
    pub address: String,
}

impl Server {
    /// Starts `serve` with these arguments and waits for its address.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        let mut child = program("blastscope")?
            .arg("serve")
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let Some(address) = line.trim().strip_prefix("listening on ") else {
            let _ = child.kill();
            bail!("serve said {line:?} instead of its address");
        };
        Ok(Self {
            address: address.to_owned(),
            child,
        })
    }

    /// Ends it as a service manager does and returns whether it ended cleanly.
    pub fn terminate(mut self) -> Result<bool> {
        Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        Ok(self.child.wait()?.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Real data, or `None` with the line that says why a test is skipped.
pub fn data(folder: &str) -> Option<PathBuf> {
    let base =
        std::env::var_os("BLASTSCOPE_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = base.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: BLASTSCOPE_DATA not found");
    None
}
