//! The script of an array.

use super::{Orders, text};
use crate::{Error, ErrorKind};
use std::path::Path;

/// Refuses options that would not stay on their line.
pub(super) fn check_options(options: &str) -> Result<(), Error> {
    if options.contains(['\n', '\r']) {
        let message =
            "--slurm-options: give all on one line, such as \"--partition=gpu --time=4:00:00 --gres=gpu:1\"";
        return Err(Error::new(ErrorKind::Launcher, message));
    }
    Ok(())
}

/// Each element runs the job whose folder stands on its line of `list`.
pub(super) fn write(
    name: &str,
    count: usize,
    list: &Path,
    options: &str,
    orders: &Orders<'_>,
) -> Result<String, Error> {
    let here = std::env::current_dir().map_err(|e| Error::io("read", Path::new("."), e))?;
    let (list, here, program) = (text(list)?, text(&here)?, text(&orders.program)?);
    let said = list.replace(".jobs", "_%a.out");
    let mut lines = vec![
        "#!/bin/bash".to_owned(),
        format!("#SBATCH --job-name={name}"),
        format!("#SBATCH --array=0-{}", count.saturating_sub(1)),
        format!("#SBATCH --output=\"{said}\""),
        "#SBATCH --open-mode=append".to_owned(),
        format!("#SBATCH --chdir=\"{here}\""),
    ];
    if let Some(threads) = orders.threads {
        lines.push(format!("#SBATCH --cpus-per-task={threads}"));
    }
    if !options.trim().is_empty() {
        lines.push(format!("#SBATCH {}", options.trim()));
    }
    let (list, program) = (quoted(&list), quoted(&program));
    lines.push("# An element an independent run; what it says goes into job.log of its folder.".to_owned());
    lines.push(format!(
        "folder=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {list})"
    ));
    lines.push("echo \"--- Slurm job $SLURM_JOB_ID on $(hostname)\" >> \"$folder/job.log\"".to_owned());
    lines.push("threads=${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}".to_owned());
    lines.push(format!(
        "exec {program} --threads \"$threads\" job \"$folder/job.json\" >> \"$folder/job.log\" 2>&1"
    ));
    Ok(lines.join("\n") + "\n")
}

/// For the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
