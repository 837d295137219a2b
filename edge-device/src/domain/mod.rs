//! What the device is about: slides, their fields and cells, and what is said of them. No SQL, no HTTP, no prose: findings,
//! reasons and states are codes with parameters; sentences are made of them at the edges (`cli`, `web`).

mod cell;
mod field;
mod finding;
mod ids;
mod pixel_size;
mod review_state;
mod slide;
mod summary;

pub use cell::{Cell, CellClass, KeptCell};
pub use field::{Field, QualityRecord};
pub use finding::{Explanation, Finding, NotValidReason};
pub use ids::{CellId, FieldId, SlideId};
pub use pixel_size::{FieldPixelSize, PixelSizeOrigin, SlidePixelSize};
pub use review_state::ReviewState;
pub use slide::Slide;
pub use summary::{ClassCount, DifferentialShare, PerHundredWhiteCells, Summary};

pub use blastscope_vision::quality::FieldVerdict;
