use crate::domain::SlideId;
use jiff::Timestamp;
use tokio::sync::oneshot;

/// An order to the device.
#[derive(Debug)]
pub enum Command {
    /// A new slide lies on the stage.
    NewSlide {
        /// Its name; `None`: its time.
        name: Option<String>,
        /// Where its number is sent.
        reply: oneshot::Sender<SlideId>,
    },
}

/// A slide that begins with the next frame.
#[derive(Debug)]
pub struct SlideChange {
    /// Its name; `None`: its time.
    pub(crate) name: Option<String>,
    /// When it was put on the stage.
    pub(crate) started: Timestamp,
    /// Where its number is sent once it is kept.
    pub(crate) reply: oneshot::Sender<SlideId>,
}
