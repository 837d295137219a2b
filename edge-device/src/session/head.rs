//! Takes frames at their pace and commands as they come. The frames of a live source are never waited for: when the rest
//! is slower, the oldest one that waits is dropped, and counted as dropped.

use super::command::{Command, SlideChange};
use super::frame_queue::{Closed, FrameSender};
use crate::Result;
use crate::capture::{Frame, FrameSource};
use crate::observe::{Clock, Health};
use crossbeam_channel::{Receiver, never, select};
use std::sync::Arc;

/// The source of frames, and who may tell it what to do.
pub(crate) struct Session {
    source: Box<dyn FrameSource>,
    commands: Receiver<Command>,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    state: State,
}

/// What becomes of a slide's frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The source may have more of them.
    Taking,
    /// All were taken; the next ones are those of a new slide.
    Finished,
}

impl Session {
    /// On a first slide.
    pub(crate) fn new(
        source: Box<dyn FrameSource>,
        commands: Receiver<Command>,
        clock: Arc<dyn Clock>,
        health: Arc<Health>,
    ) -> Self {
        Self {
            source,
            commands,
            clock,
            health,
            state: State::Taking,
        }
    }

    /// Runs until `stopped` is disconnected, or nobody takes frames any more.
    pub(crate) fn run(mut self, frames: &FrameSender<Frame>, stopped: &Receiver<()>) -> Result<()> {
        let mut due = self.clock.elapsed();
        loop {
            let wait = match self.state {
                State::Finished => never(),
                State::Taking => self.clock.after(due.saturating_sub(self.clock.elapsed())),
            };
            select! {
                recv(stopped) -> _ => return Ok(()),
                recv(self.commands) -> command => {
                    let done = match command {
                        Ok(command) => self.obey(command, frames),
                        Err(_) => {
                            self.commands = never();
                            Ok(())
                        }
                    };
                    if done.is_err() {
                        return Ok(());
                    }
                    continue;
                }
                recv(wait) -> _ => {}
            }
            // One interval after the last one, or now when that has passed: what was missed is not made up for.
            due = (due + self.source.interval()).max(self.clock.elapsed());
            if self.take(frames)?.is_err() {
                return Ok(());
            }
        }
    }

    fn obey(&mut self, command: Command, frames: &FrameSender<Frame>) -> std::result::Result<(), Closed> {
        match command {
            Command::NewSlide { name, reply } => {
                self.source.slide_changed();
                self.state = State::Taking;
                frames.change_slide(SlideChange {
                    name,
                    started: self.clock.now(),
                    reply,
                })
            }
        }
    }

    fn take(&mut self, frames: &FrameSender<Frame>) -> Result<std::result::Result<(), Closed>> {
        let Some(frame) = self.source.next_frame()? else {
            self.state = State::Finished;
            self.health.slide_finished();
            tracing::info!("{}: all pictures of this slide were shown", self.source.name());
            return Ok(Ok(()));
        };
        self.health.frame_came();
        if !self.source.is_live() {
            return Ok(frames.send(frame));
        }
        Ok(frames
            .send_newest(frame)
            .map(|dropped| self.health.frames_dropped(dropped)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InBand, frame_queue};
    use super::*;
    use crate::observe::{ManualClock, SystemClock};
    use crossbeam_channel::{Sender, bounded, unbounded};
    use image::RgbImage;
    use jiff::Timestamp;
    use std::time::Duration;

    /// Frames without end or up to a number, counted anew for every slide.
    struct Counting {
        live: bool,
        last: u64,
        next: u64,
        interval: Duration,
        asked: Sender<u64>,
    }

    impl FrameSource for Counting {
        fn next_frame(&mut self) -> Result<Option<Frame>> {
            let number = self.next;
            self.asked.send(number).ok();
            self.next += 1;
            let image = RgbImage::new(1, 1);
            let frame = Frame {
                number,
                time: Timestamp::now(),
                name: String::new(),
                image,
                pixel_size: None,
                stage: None,
            };
            Ok((number < self.last).then_some(frame))
        }

        fn slide_changed(&mut self) {
            self.next = 0;
        }

        fn interval(&self) -> Duration {
            self.interval
        }

        fn is_live(&self) -> bool {
            self.live
        }

        fn name(&self) -> &str {
            "counting"
        }
    }

    fn session(source: Counting, clock: Arc<dyn Clock>) -> (Session, Arc<Health>, Sender<Command>) {
        let health = Arc::new(Health::new(&source, Arc::clone(&clock)));
        let (commands, commands_in) = unbounded();
        let session = Session::new(Box::new(source), commands_in, clock, Arc::clone(&health));
        (session, health, commands)
    }

    #[test]
    fn a_camera_is_not_held_up_and_the_newest_frames_wait() {
        let (asked, asking) = unbounded();
        let source = Counting {
            live: true,
            last: u64::MAX,
            next: 0,
            interval: Duration::ZERO,
            asked,
        };
        let (session, health, _commands) = session(source, Arc::new(SystemClock::default()));
        let (frames, queue) = frame_queue(2);
        let (stop, stopped) = bounded(0);
        std::thread::scope(|scope| {
            scope.spawn(move || session.run(&frames, &stopped).unwrap());
            // Nobody takes a frame, and still the camera is asked for more and more.
            while asking.recv().unwrap() < 100 {}
            drop(stop);
        });
        let waiting: Vec<u64> = queue.map(|i| number(&i).unwrap()).collect();
        assert_eq!(waiting.len(), 2);
        assert!(waiting[0] >= 97 && waiting[1] == waiting[0] + 1, "{waiting:?}");
        assert_eq!(health.dropped(), health.frames() - 2);
    }

    #[test]
    fn the_pictures_of_a_folder_wait_and_come_again_for_a_new_slide() {
        let (asked, _asking) = unbounded();
        let source = Counting {
            live: false,
            last: 5,
            next: 0,
            interval: Duration::ZERO,
            asked,
        };
        let start: Timestamp = "2027-01-15T08:00:00Z".parse().unwrap();
        let (session, health, commands) = session(source, Arc::new(ManualClock::at(start)));
        let (frames, mut queue) = frame_queue(1);
        let (stop, stopped) = bounded(0);
        std::thread::scope(|scope| {
            scope.spawn(move || session.run(&frames, &stopped).unwrap());
            let mut take =
                |n: usize| -> Vec<Option<u64>> { queue.by_ref().take(n).map(|i| number(&i)).collect() };
            assert_eq!(take(5), [Some(0), Some(1), Some(2), Some(3), Some(4)]);
            let (reply, _begun) = tokio::sync::oneshot::channel();
            let name = Some("second".to_owned());
            commands.send(Command::NewSlide { name, reply }).unwrap();
            match queue.next() {
                Some(InBand::Slide(change)) => {
                    assert_eq!((change.name.as_deref(), change.started), (Some("second"), start));
                }
                other => panic!("{other:?}"),
            }
            let again: Vec<Option<u64>> = queue.by_ref().take(5).map(|i| number(&i)).collect();
            assert_eq!(again, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
            drop(stop);
        });
        assert_eq!(health.dropped(), 0);
    }

    #[test]
    fn frames_are_asked_for_at_the_rate_of_their_source() {
        let (asked, asking) = unbounded();
        let source = Counting {
            live: true,
            last: u64::MAX,
            next: 0,
            interval: Duration::from_secs(2),
            asked,
        };
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let (session, _health, _commands) = session(source, Arc::clone(&clock) as Arc<dyn Clock>);
        let (frames, mut queue) = frame_queue(8);
        let (stop, stopped) = bounded(0);
        std::thread::scope(|scope| {
            scope.spawn(move || session.run(&frames, &stopped).unwrap());
            assert_eq!(asking.recv(), Ok(0));
            assert!(matches!(queue.next(), Some(InBand::Field(_))));
            for expected in 1..4 {
                clock.wait_for_waiters(1);
                clock.advance(Duration::from_secs(1));
                assert!(asking.is_empty(), "before its time");
                clock.advance(Duration::from_secs(1));
                assert_eq!(asking.recv(), Ok(expected));
            }
            drop(stop);
        });
    }

    fn number(item: &InBand<Frame>) -> Option<u64> {
        match item {
            InBand::Field(frame) => Some(frame.number),
            InBand::Slide(_) => None,
        }
    }
}
