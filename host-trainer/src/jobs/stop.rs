use crate::{Error, ErrorKind};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Ctrl-C and SIGTERM, noticed while waiting.
#[derive(Debug)]
pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
    /// Nothing is ever sent: what waits on it wakes by its timeout.
    silence: (Sender<()>, Receiver<()>),
}

/// How soon a signal is noticed.
const NOTICE: Duration = Duration::from_millis(100);

impl Stop {
    /// From now on the two signals no longer end the process.
    pub(crate) fn on_signals() -> Result<Self, Error> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&asked))
                .map_err(|e| Error::with_source(ErrorKind::Launcher, "signals cannot be listened to", e))?;
        }
        Ok(Self {
            asked,
            silence: channel(),
        })
    }

    /// True once for every time that somebody asked.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked.swap(false, Ordering::SeqCst)
    }

    /// Waits so long, or until somebody asks to stop.
    pub(super) fn wait(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.asked.load(Ordering::SeqCst) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            // Times out always: the sender lives as long as this.
            let _ = self.silence.1.recv_timeout(left.min(NOTICE));
        }
    }
}
