//! Which files of states stay in the folder of a run.

use crate::Error;
use std::fs;
use std::path::Path;

/// What stays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept<'a> {
    /// File of the tensors that `last.json` names.
    pub tensors: &'a str,
    /// Whole epochs done.
    pub epochs: usize,
    /// States of whole epochs to keep, the newest included.
    pub last: usize,
}

impl Kept<'_> {
    /// Whether the file called `name` is a state, or the beginning of one, that may go.
    fn lets_go(&self, name: &str) -> bool {
        if name.starts_with(".last") || name.starts_with(".best") || name.starts_with(".metrics") {
            return name.ends_with(".tmp");
        }
        let Some((number, form)) = name.strip_prefix("last-").and_then(|n| n.split_once('.')) else {
            return false;
        };
        if !["json", "safetensors"].contains(&form) || name == self.tensors {
            return false;
        }
        // A number alone is a whole epoch; states within epochs have two.
        let recent = |epoch: usize| epoch <= self.epochs && epoch + self.last > self.epochs;
        !(self.last > 1 && number.parse().is_ok_and(recent))
    }
}

/// Takes away what may go. Call it with the run's lock: files that are being written would go too.
pub(crate) fn tidy(folder: &Path, kept: Kept<'_>) -> Result<(), Error> {
    let entries = fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
    for entry in entries.flatten() {
        if kept.lets_go(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path()).map_err(|e| Error::io("remove", &entry.path(), e))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_epochs_and_the_newest_state_stay_and_nothing_else_is_touched() {
        let kept = |last| Kept {
            tensors: "last-0005-000012.safetensors",
            epochs: 5,
            last,
        };
        let states = [
            "last-0003.json",
            "last-0003.safetensors",
            "last-0004.json",
            "last-0004.safetensors",
            "last-0005.safetensors",
            "last-0005-000006.safetensors",
            "last-0005-000012.safetensors",
            "last-0006.safetensors",
            ".last-0005.safetensors.77.tmp",
        ];
        let stay = |last| {
            let kept = kept(last);
            states
                .into_iter()
                .filter(move |n| !kept.lets_go(n))
                .collect::<Vec<_>>()
        };
        assert_eq!(stay(1), ["last-0005-000012.safetensors"]);
        assert_eq!(stay(2), [&states[2..5], &states[6..7]].concat());
        for other in [
            "last.json",
            "best.safetensors",
            "metrics.jsonl",
            ".report.json.7.tmp",
            "last-words.txt",
        ] {
            assert!(!kept(1).lets_go(other), "{other}");
        }
    }
}
