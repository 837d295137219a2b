//! One slide: from classified cells to counts, a share of blasts with its intervals, and a finding.

mod finding;
mod scale;
mod sequential;
mod settings;
mod tally;

pub use finding::{Evidence, Finding};
pub use scale::{FieldScale, Ruler, ScaleOrigin, SlideScale};
pub use settings::ScreenSettings;
pub use tally::{Summary, Tally};
