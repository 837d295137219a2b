//! What must be said before figures of pictures split at random are believed.

use blastscope_train::data::{Collection, Fold};
use blastscope_train::evaluate::Protocol;
use std::io::IsTerminal;

/// Warns on stderr of every fold that was not split by subject: red on a terminal, and in words for those
/// who see no colour.
pub fn warn(folds: &[Fold], collection: &Collection) {
    for (number, fold) in folds.iter().enumerate() {
        if !fold.test.is_empty() {
            warn_of(&format!("fold {number}"), fold, collection);
        }
    }
}

/// The same of one fold.
pub fn warn_of(what: &str, fold: &Fold, collection: &Collection) {
    if let Some(warning) = Protocol::of(fold, collection).warning() {
        let line = format!("WARNING: {what}: {warning}");
        match std::io::stderr().is_terminal() {
            true => eprintln!("\x1b[1;31m{line}\x1b[0m"),
            false => eprintln!("{line}"),
        }
    }
}
