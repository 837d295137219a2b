//! A drawn smear in the place of a camera.

use super::{Frame, FrameSource, interval_of};
use crate::Result;
use blastscope_vision::synthetic::{Smear, SmearSettings};
use jiff::Timestamp;
use std::time::Duration;

/// What is drawn, and how often.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyntheticSettings {
    /// How the smear is drawn.
    pub smear: SmearSettings,
    /// Fields a second; the rate of the program if `None`.
    pub frames_per_second: Option<f64>,
}

/// Share of blasts on one slide after the other: a full leukaemia, none, and a few.
const BLAST_SHARES: [f32; 3] = [0.4, 0.0, 0.06];

/// Draws field after field without end.
#[derive(Debug)]
pub struct Synthetic {
    settings: SyntheticSettings,
    interval: Duration,
    slide: usize,
    number: u64,
}

impl Synthetic {
    /// `frames_per_second` is for settings without a rate of their own.
    pub fn new(settings: &SyntheticSettings, frames_per_second: f64) -> Self {
        let interval = interval_of(settings.frames_per_second.unwrap_or(frames_per_second));
        Self {
            settings: settings.clone(),
            interval,
            slide: 0,
            number: 0,
        }
    }
}

impl FrameSource for Synthetic {
    fn next_frame(&mut self) -> Result<Option<Frame>> {
        let number = self.number;
        self.number += 1;
        let blast_share = BLAST_SHARES[self.slide % BLAST_SHARES.len()];
        let smear = Smear::draw(&self.settings.smear, number, blast_share);
        Ok(Some(Frame {
            number,
            time: Timestamp::now(),
            name: format!("synthetic field {number}"),
            image: smear.image,
            pixel_size: Some(Smear::PIXEL_SIZE),
            stage: None,
        }))
    }

    fn slide_changed(&mut self) {
        self.slide += 1;
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    fn is_live(&self) -> bool {
        true
    }

    fn name(&self) -> &str {
        "synthetic (drawn cells, no patient)"
    }
}
