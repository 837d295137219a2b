//! Logs, on stderr.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The variable that sets what is logged, as in `BLASTSCOPE_LOG=debug`.
const VARIABLE: &str = "BLASTSCOPE_LOG";

pub(super) fn start() {
    // tract tells its own steps at info.
    let default = || EnvFilter::new("warn,blastscope=info");
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| default());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}
