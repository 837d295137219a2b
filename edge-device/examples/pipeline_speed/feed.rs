//! Drawn fields in the place of a camera that is never too fast.

use blastscope::capture::{Frame, FrameSource};
use blastscope_vision::synthetic::{Smear, SmearSettings};
use crossbeam_channel::Sender;
use image::RgbImage;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Draws `count` fields of one size with about `cells` white cells each.
pub fn drawn_fields(count: u64, cells: u32, size: (u32, u32)) -> Vec<RgbImage> {
    let settings = SmearSettings {
        cells,
        ..SmearSettings::default()
    };
    let draw = |number| Smear::draw_sized(&settings, number, 0.4, size).image;
    (0..count).map(draw).collect()
}

/// One of the fields as frame `number`; copied, as a camera fills a new buffer.
pub fn frame(fields: &[RgbImage], number: u64) -> Option<Frame> {
    let image = fields
        .get(usize::try_from(number).ok()? % fields.len().max(1))?
        .clone();
    Some(Frame {
        number,
        time: Timestamp::now(),
        name: format!("drawn field {number}"),
        image,
        pixel_size: Some(Smear::PIXEL_SIZE),
        stage: None,
    })
}

/// What the feed tells.
#[derive(Debug, Clone, Copy)]
pub enum Fed {
    /// So many frames were taken.
    Frames(u64),
    /// All of them were handed on.
    All,
}

/// Hands on the same fields over and over, up to a number of frames.
pub struct Feed {
    pub fields: Arc<Vec<RgbImage>>,
    pub frames: u64,
    pub taken: u64,
    pub told: Sender<Fed>,
}

impl FrameSource for Feed {
    fn next_frame(&mut self) -> blastscope::Result<Option<Frame>> {
        if self.taken == self.frames {
            self.told.send(Fed::All).ok();
            return Ok(None);
        }
        let frame = frame(&self.fields, self.taken);
        self.taken += 1;
        self.told.send(Fed::Frames(self.taken)).ok();
        Ok(frame)
    }

    fn interval(&self) -> Duration {
        Duration::ZERO
    }

    fn is_live(&self) -> bool {
        false
    }

    fn name(&self) -> &str {
        "drawn fields (no patient)"
    }
}
