//! Where frames come from. One trait, one file a source.

mod replay;
mod spec;
mod stage_positions;
mod synthetic;

pub use replay::Replay;
pub use spec::CameraSpec;
pub(crate) use spec::{BLURS, CELLS, RATES};
pub use stage_positions::{StagePosition, StagePositions};
pub use synthetic::{Synthetic, SyntheticSettings};

use crate::Result;
use blastscope_vision::raster::PixelSize;
use image::RgbImage;
use jiff::Timestamp;
use std::time::Duration;

/// One picture of the slide.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Counts the frames of a source from 0.
    pub number: u64,
    /// When it was taken.
    pub time: Timestamp,
    /// What it is called: a file name, or the camera and the number.
    pub name: String,
    /// The picture.
    pub image: RgbImage,
    /// Size of a pixel, where the source knows it.
    pub pixel_size: Option<PixelSize>,
    /// Where the stage stood, where the source knows it.
    pub stage: Option<StagePosition>,
}

/// A camera, or what stands in for one.
pub trait FrameSource: Send {
    /// The next frame; `None` when this slide has no more.
    fn next_frame(&mut self) -> Result<Option<Frame>>;

    /// The operator put a new slide on the stage.
    fn slide_changed(&mut self) {}

    /// Time between two frames that are asked for.
    fn interval(&self) -> Duration;

    /// True for a source that goes on whether or not anybody looks: when the rest is slower, its older
    /// frames are dropped. The frames of another source wait.
    fn is_live(&self) -> bool;

    /// What the page calls it.
    fn name(&self) -> &str;
}

/// The time between frames at a rate; one second for a rate that is no number above 0.
pub(crate) fn interval_of(frames_per_second: f64) -> Duration {
    Duration::try_from_secs_f64(1.0 / frames_per_second).unwrap_or(Duration::from_secs(1))
}
