use super::memory;
use crate::train::checkpoint::Progress;
use crate::train::run::Run;
use crate::{Error, ErrorKind};
use blastscope_network::Graph;

/// The error of an epoch, with what of the run is kept and what to do.
pub(crate) fn explain(error: Error, run: &Run, graph: &Graph) -> Error {
    let kept = match Progress::read(run.folder()) {
        Ok(Some(progress)) => format!("{} holds the state after {progress}", run.folder().display()),
        _ => "no state was written yet".to_owned(),
    };
    match error.kind() {
        ErrorKind::Diverged => {
            let remedy =
                "lower optimisation.learning_rate or set optimisation.gradient_clip, with another --out";
            Error::new(ErrorKind::Diverged, format!("{error}; {kept}; {remedy}"))
        }
        ErrorKind::Io => Error::with_source(
            ErrorKind::Io,
            format!("{kept}: make room, then the same command goes on from there"),
            error,
        ),
        _ => memory::explain(error, graph, run.recipe(), &kept),
    }
}
