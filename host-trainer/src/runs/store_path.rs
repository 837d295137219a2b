use std::env;
use std::path::{Path, PathBuf};

/// Where `runs` looks unless told otherwise.
pub(crate) const DEFAULT_STORE: &str = "runs/runs.db";

/// Names another store, for all commands.
pub(crate) const STORE_VARIABLE: &str = "BLASTSCOPE_RUNS";

const FILE: &str = "runs.db";

/// The store that a command with this output records in: the one given, that of [`STORE_VARIABLE`], the nearest
/// `runs.db` above the output, else one in the folder `runs` that the output lies in, else one beside the output.
/// Without an output: that of the variable, else [`DEFAULT_STORE`].
pub(crate) fn store_for(given: Option<&Path>, output: Option<&Path>) -> PathBuf {
    let named = || {
        env::var_os(STORE_VARIABLE)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = given.map(Path::to_owned).or_else(named) {
        return path;
    }
    let Some(output) = output else {
        return DEFAULT_STORE.into();
    };
    let above = || output.ancestors().skip(1);
    let called_runs = above().find(|a| a.file_name().is_some_and(|n| n == "runs"));
    let existing = above().map(|a| a.join(FILE)).find(|p| p.is_file());
    existing.unwrap_or_else(|| {
        called_runs
            .or(output.parent())
            .unwrap_or(Path::new(""))
            .join(FILE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn runs_in_folders_of_folders_share_the_store_of_the_outermost() {
        let given = Path::new("x.db");
        assert_eq!(store_for(Some(given), Some(Path::new("runs/a"))), given);
        let find = |output: &Path| store_for(None, Some(output));
        assert_eq!(
            find(Path::new("no-runs/../runs/a/fold-0")),
            Path::new("no-runs/../runs/runs.db")
        );
        assert_eq!(find(Path::new("somewhere/cv")), Path::new("somewhere/runs.db"));
        assert_eq!(find(Path::new("cv")), Path::new("runs.db"));
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("runs.db"), "").unwrap();
        let deep = dir.path().join("cv/point/fold-0");
        assert_eq!(find(&deep), dir.path().join("runs.db"));
    }
}
