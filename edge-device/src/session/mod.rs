//! The state machine of a slide, at the head of the pipeline. It alone takes commands; what they change goes down the
//! pipeline in band, between the frames taken before and after, so that no stage has to reach back.

mod command;
mod frame_queue;
mod head;
mod progress;

pub use command::Command;
pub use command::SlideChange;
pub(crate) use frame_queue::frame_queue;
pub(crate) use head::Session;
pub use progress::SlideProgress;

/// What goes down the pipeline, in its order.
#[derive(Debug)]
pub enum InBand<T> {
    /// All that follows is of a new slide.
    Slide(SlideChange),
    /// A frame, field or what became of it.
    Field(T),
}
