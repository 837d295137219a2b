use crate::{Error, ErrorKind};
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

/// Ends this process with SIGTERM when the one that started it, of number `parent`, ends: the jobs of a launcher
/// that was killed must not go on beside those of the next one. Call it from the main thread, first of all.
pub(crate) fn end_with(parent: u32) -> Result<(), Error> {
    set_parent_process_death_signal(Some(Signal::TERM))
        .map_err(|e| Error::with_source(ErrorKind::Launcher, "the launcher cannot be watched", e))?;
    let now = getppid().map(|p| p.as_raw_nonzero().get());
    if now.and_then(|p| u32::try_from(p).ok()) != Some(parent) {
        // It ended before it could be watched.
        return Err(Error::new(
            ErrorKind::Launcher,
            "the launcher of this job has ended: give its command again",
        ));
    }
    Ok(())
}

/// The number of a child that has not been waited for.
pub(super) fn pid(child: &std::process::Child) -> Pid {
    Pid::from_child(child)
}
