use super::ids::SlideId;
use super::review_state::ReviewState;
use blastscope_inference::ModelName;
use blastscope_shared::stain::StainTransform;
use jiff::Timestamp;

/// A slide as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Slide {
    /// Its number.
    pub id: SlideId,
    /// Name given by the operator.
    pub name: String,
    /// When it was put on the stage.
    pub started: Timestamp,
    /// When it was taken off; `None` while it is screened.
    pub ended: Option<Timestamp>,
    /// The camera.
    pub source: String,
    /// The model that classified its cells.
    pub model: ModelName,
    /// How far a person has gone with it.
    pub review_state: ReviewState,
    /// Share of blasts above which they are likely, percent, of the settings that it is counted under.
    pub blasts_likely_above_percent: f64,
    /// Fields kept.
    pub fields: u64,
    /// Cells counted.
    pub cells: u64,
    /// How the colours of its latest cells were changed for the network; `None`: not at all.
    pub stain: Option<StainTransform>,
}
