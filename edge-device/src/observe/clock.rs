//! Time as a parameter, so that waiting is tested without waiting.

use crossbeam_channel::{Receiver, after};
use jiff::Timestamp;
use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Where the time comes from.
pub trait Clock: Debug + Send + Sync {
    /// The time of day, UTC. May jump when the clock is set.
    fn now(&self) -> Timestamp;

    /// Time since a start that stays the same; never goes back.
    fn elapsed(&self) -> Duration;

    /// Becomes ready once, this long from now.
    fn after(&self, wait: Duration) -> Receiver<Instant>;
}

/// The clock of this machine.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn after(&self, wait: Duration) -> Receiver<Instant> {
        after(wait)
    }
}

/// A clock that stands still until it is moved on.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct ManualClock {
    start: Timestamp,
    state: std::sync::Mutex<ManualState>,
}

#[cfg(test)]
#[derive(Debug, Default)]
struct ManualState {
    elapsed: Duration,
    /// When each is due, and its channel.
    waiting: Vec<(Duration, crossbeam_channel::Sender<Instant>)>,
}

#[cfg(test)]
impl ManualClock {
    /// At a time of day.
    pub(crate) fn at(start: Timestamp) -> Self {
        Self {
            start,
            state: std::sync::Mutex::default(),
        }
    }

    /// Returns once so many are waiting.
    pub(crate) fn wait_for_waiters(&self, count: usize) {
        while self.state.lock().unwrap().waiting.len() < count {
            std::thread::yield_now();
        }
    }

    /// Moves on, and wakes those whose wait is over.
    pub(crate) fn advance(&self, by: Duration) {
        let mut state = self.state.lock().unwrap();
        state.elapsed += by;
        let now = state.elapsed;
        state.waiting.retain(|(due, waiting)| {
            if *due <= now {
                waiting.send(Instant::now()).ok();
            }
            *due > now
        });
    }
}

#[cfg(test)]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.state.lock().unwrap().elapsed
    }

    fn after(&self, wait: Duration) -> Receiver<Instant> {
        let (ready, waiting) = crossbeam_channel::bounded(1);
        let mut state = self.state.lock().unwrap();
        let due = state.elapsed + wait;
        if wait.is_zero() {
            ready.send(Instant::now()).ok();
        } else {
            state.waiting.push((due, ready));
        }
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_wakes_those_whose_time_has_come() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let (soon, late) = (
            clock.after(Duration::from_secs(1)),
            clock.after(Duration::from_secs(3)),
        );
        assert!(clock.after(Duration::ZERO).try_recv().is_ok());
        clock.advance(Duration::from_secs(2));
        assert!(soon.try_recv().is_ok() && late.try_recv().is_err());
        assert_eq!(clock.now(), "1970-01-01T00:00:02Z".parse().unwrap());
        clock.advance(Duration::from_secs(1));
        assert!(late.try_recv().is_ok());
    }

    #[test]
    fn the_system_clock_goes_on() {
        let clock = SystemClock::default();
        let before = clock.elapsed();
        clock.after(Duration::from_millis(1)).recv().unwrap();
        assert!(clock.elapsed() > before && clock.now() > Timestamp::UNIX_EPOCH);
    }
}
