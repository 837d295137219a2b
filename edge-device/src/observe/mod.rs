//! What the device tells of itself, and the time it goes by.

mod clock;
mod health;

#[cfg(test)]
pub(crate) use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use health::{CameraState, Health};
