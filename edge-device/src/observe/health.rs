//! Signs of life.

use super::clock::Clock;
use crate::capture::FrameSource;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the capture stage says of itself.
#[derive(Debug)]
pub struct Health {
    clock: Arc<dyn Clock>,
    camera: String,
    live: bool,
    patience: Duration,
    frames: AtomicU64,
    dropped: AtomicU64,
    finished: AtomicBool,
    last_frame: Mutex<Duration>,
}

/// State of the source of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraState {
    /// Frames come.
    Running,
    /// All pictures of this slide were shown.
    Finished,
    /// No frame came for ten times its interval, or 10 s if that is longer.
    Stalled,
}

impl Health {
    /// At the start, the clock runs from now.
    pub fn new(source: &dyn FrameSource, clock: Arc<dyn Clock>) -> Self {
        Self {
            camera: source.name().to_owned(),
            live: source.is_live(),
            patience: (source.interval() * 10).max(Duration::from_secs(10)),
            frames: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            finished: AtomicBool::new(false),
            last_frame: Mutex::new(clock.elapsed()),
            clock,
        }
    }

    pub(crate) fn frame_came(&self) {
        *self.last_frame.lock().unwrap_or_else(PoisonError::into_inner) = self.clock.elapsed();
        self.frames.fetch_add(1, Ordering::Relaxed);
        self.finished.store(false, Ordering::Relaxed);
    }

    pub(crate) fn frames_dropped(&self, frames: u64) {
        self.dropped.fetch_add(frames, Ordering::Relaxed);
    }

    pub(crate) fn slide_finished(&self) {
        self.finished.store(true, Ordering::Relaxed);
    }

    /// What the page calls the source.
    pub fn camera(&self) -> &str {
        &self.camera
    }

    /// Frames taken.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Frames of a live source that nobody had time for.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Time since the last frame.
    pub fn frame_age(&self) -> Duration {
        let last = *self.last_frame.lock().unwrap_or_else(PoisonError::into_inner);
        self.clock.elapsed().saturating_sub(last)
    }

    /// State of the source. Only a live one can stall: the others wait for the rest of the device.
    pub fn camera_state(&self) -> CameraState {
        if self.finished.load(Ordering::Relaxed) {
            CameraState::Finished
        } else if self.live && self.frame_age() > self.patience {
            CameraState::Stalled
        } else {
            CameraState::Running
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ManualClock;
    use super::*;
    use crate::capture::Frame;
    use jiff::Timestamp;

    #[derive(Debug)]
    struct Silent {
        live: bool,
        interval: Duration,
    }

    impl FrameSource for Silent {
        fn next_frame(&mut self) -> crate::Result<Option<Frame>> {
            Ok(None)
        }

        fn interval(&self) -> Duration {
            self.interval
        }

        fn is_live(&self) -> bool {
            self.live
        }

        fn name(&self) -> &str {
            "silent"
        }
    }

    #[test]
    fn a_live_source_stalls_after_ten_intervals_or_ten_seconds_and_a_folder_never() {
        for (live, interval, patience) in [
            (true, Duration::from_millis(33), Some(10)),
            (true, Duration::from_secs(3), Some(30)),
            (false, Duration::from_millis(33), None),
        ] {
            let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
            let health = Health::new(&Silent { live, interval }, Arc::clone(&clock) as Arc<dyn Clock>);
            clock.advance(Duration::from_secs(patience.unwrap_or(3_600)));
            assert_eq!(health.camera_state(), CameraState::Running);
            clock.advance(Duration::from_millis(1));
            let stalled = health.camera_state() == CameraState::Stalled;
            assert_eq!(stalled, patience.is_some(), "{live} {interval:?}");
            health.frame_came();
            assert_eq!(health.camera_state(), CameraState::Running);
            assert_eq!(health.frame_age(), Duration::ZERO);
            health.slide_finished();
            assert_eq!(health.camera_state(), CameraState::Finished);
        }
    }
}
