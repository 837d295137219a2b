//! The `blastscope` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    match blastscope::cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
