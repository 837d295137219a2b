//! Many trainings as independent jobs: each a process of this program, on this machine or on a Slurm cluster.
//!
//! A job is done when its result file exists. Everything else (who runs it, how often it was tried) is the
//! launcher's; a launcher that is killed loses nothing, the same command goes on.

mod job;
mod launcher;
mod local;
mod log;
mod parent;
mod slurm;
mod stop;

pub(crate) use job::{Failure, Job, Orders, Outcome};
pub(crate) use launcher::Launcher;
pub(crate) use local::{devices, run_local};
pub(crate) use parent::end_with;
pub(crate) use slurm::{check_slurm, run_slurm};
pub(crate) use stop::Stop;

#[cfg(test)]
mod tests;
