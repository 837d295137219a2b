use std::path::Path;
use std::process::{Command, Stdio};

/// Revision of the git working tree that holds `folder`, with `-dirty` behind it where tracked files are changed;
/// `unknown` outside of one and without git.
pub(crate) fn revision(folder: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            // Looking must neither wait for nor disturb somebody's own git.
            .arg("--no-optional-locks")
            .arg("-C")
            .arg(folder)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let Some(head) = git(&["rev-parse", "HEAD"]).filter(|h| !h.is_empty()) else {
        return "unknown".into();
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changed) if changed.is_empty() => head,
        _ => head + "-dirty",
    }
}
