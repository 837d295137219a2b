//! What the Blastscope trainer and device must agree on to the bit: classes, the way from pixels to
//! network input, the model package, calibration and metrics. Bytes in, bytes out; no other I/O.

pub mod arithmetic;
pub mod calibration;
pub mod class;
mod error;
pub mod metrics;
pub mod package;
pub mod picture_header;
pub mod preprocess;
pub mod random;
pub mod stain;
pub mod unknown;

pub use error::{Error, ErrorKind};

/// Stands on every page, report and export.
pub const DISCLAIMER: &str = "Decision support for trained personnel, not a diagnosis.";
