//! One slide: from classified cells to counts, a share of blasts with its intervals, and a finding.

mod classifier_facts;
mod counting_settings;
mod differential;
mod finding;
mod pixel_size;
mod sequential;
mod settings;
mod tally;

pub use classifier_facts::ClassifierFacts;
pub use counting_settings::CountingSettings;
pub use pixel_size::PixelSizeEstimator;
pub use settings::ScreenSettings;
pub use tally::Tally;
