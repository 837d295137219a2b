//! Signs of life.

use crate::capture::FrameSource;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the capture stage says of itself.
#[derive(Debug)]
pub struct Health {
    camera: String,
    live: bool,
    patience: Duration,
    frames: AtomicU64,
    dropped: AtomicU64,
    finished: AtomicBool,
    last_frame: Mutex<Instant>,
}

/// State of the source of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
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
    pub fn new(source: &dyn FrameSource) -> Self {
        Self {
            camera: source.name().to_owned(),
            live: source.is_live(),
            patience: (source.interval() * 10).max(Duration::from_secs(10)),
            frames: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            finished: AtomicBool::new(false),
            last_frame: Mutex::new(Instant::now()),
        }
    }

    pub(super) fn frame_came(&self) {
        *self.last_frame.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.frames.fetch_add(1, Ordering::Relaxed);
        self.finished.store(false, Ordering::Relaxed);
    }

    pub(super) fn frame_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn slide_finished(&self) {
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
        self.last_frame
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
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
