use super::FieldVerdict;
use super::ids::{FieldId, SlideId};
use blastscope_vision::raster::PixelSize;
use jiff::Timestamp;

/// A field that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its number.
    pub id: FieldId,
    /// Its slide.
    pub slide: SlideId,
    /// What the source calls it.
    pub name: String,
    /// When it was taken.
    pub taken: Timestamp,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Size of a pixel, if known.
    pub pixel_size: Option<PixelSize>,
    /// What was said of its quality; `None` where it was kept by a version that did not look.
    pub quality: Option<QualityRecord>,
}

/// What was said of a field, in the codes and numbers of the version that said it.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityRecord {
    /// Whether its cells count.
    pub verdict: FieldVerdict,
    /// Codes that say why, where the verdict is not good. A sentence where a version before codes said what no code
    /// stands for.
    pub reasons: Vec<String>,
    /// The numbers that it rests on.
    pub measures: serde_json::Value,
}
