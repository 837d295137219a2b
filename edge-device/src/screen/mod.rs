//! One slide: from classified cells to counts, a share of blasts with its interval, and a finding.

mod finding;
mod scale;
mod tally;

pub use finding::{Finding, ScreenSettings};
pub use scale::{FieldScale, Ruler, ScaleOrigin, SlideScale};
pub use tally::{Summary, Tally};
