//! What is recorded of an epoch: the loss of each batch, the time it took, and its line of `metrics.jsonl`.

mod event_log;
mod losses;
mod metrics_file;
mod record;

pub(crate) use event_log::EventLog;
pub(crate) use losses::Throughput;
pub(crate) use losses::{EpochSummary, Losses, Meter};
pub(crate) use metrics_file::{append_record, trim_records};
pub(crate) use record::{EpochRecord, ValidationFigures};
