//! Processor time of a thread, for the examples that measure.

use std::time::Instant;

/// Seconds of processor time that this thread has used, where the kernel tells it (Linux); else of wall time, from
/// any start.
pub fn processor_seconds() -> f64 {
    thread_local! {
        static START: Instant = Instant::now();
    }
    // The first number, nanoseconds on a processor, is brought up to date when the scheduler is entered.
    std::thread::yield_now();
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = spent.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    match nanoseconds {
        Some(ns) if ns > 0.0 => ns / 1e9,
        _ => START.with(Instant::elapsed).as_secs_f64(),
    }
}
