//! Event files that TensorBoard reads, beside `metrics.jsonl`: written here, without TensorFlow.

mod event;
mod event_log;
mod record;

pub(crate) use event_log::TensorBoard;
