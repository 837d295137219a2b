//! Takes frames at their pace. The frames of a live source are never waited for: when the rest is
//! slower, the oldest one that waits is dropped.

use super::field::CapturedFrame;
use super::health::Health;
use crate::Result;
use crate::capture::FrameSource;
use crossbeam_channel::{Receiver, Sender, TrySendError, after, never, select};
use std::time::{Duration, Instant};

/// Runs until `stopped` is disconnected. `queue` is the other end of `frames`; `slides` tells the count
/// of slides whenever a new one is begun.
pub(super) fn run(
    mut source: Box<dyn FrameSource>,
    frames: &Sender<CapturedFrame>,
    queue: &Receiver<CapturedFrame>,
    slides: &Receiver<u64>,
    stopped: &Receiver<()>,
    health: &Health,
) -> Result<()> {
    let mut slide = 0;
    let mut due = Instant::now();
    let mut finished = false;
    loop {
        let wait = match finished {
            true => never(),
            false => after(due.saturating_duration_since(Instant::now())),
        };
        select! {
            recv(stopped) -> _ => return Ok(()),
            recv(slides) -> count => {
                // The other end lives in the last stage: without it, the device is stopping.
                let Ok(count) = count else { return Ok(()) };
                slide = count;
                source.slide_changed();
                finished = false;
                continue;
            }
            recv(wait) -> _ => {}
        }
        due = next_due(due, source.interval());
        let Some(frame) = source.next_frame()? else {
            finished = true;
            health.slide_finished();
            tracing::info!("{}: all pictures of this slide were shown", source.name());
            continue;
        };
        health.frame_came();
        let frame = CapturedFrame { frame, slide };
        if source.is_live() {
            hand_over_newest(frame, frames, queue, health);
        } else {
            select! {
                send(frames, frame) -> _ => {}
                recv(stopped) -> _ => return Ok(()),
            }
        }
    }
}

/// One interval after the last one, or now when that has passed: what was missed is not made up for.
fn next_due(due: Instant, interval: Duration) -> Instant {
    (due + interval).max(Instant::now())
}

fn hand_over_newest(
    frame: CapturedFrame,
    frames: &Sender<CapturedFrame>,
    queue: &Receiver<CapturedFrame>,
    health: &Health,
) {
    let mut waiting = frame;
    while let Err(TrySendError::Full(back)) = frames.try_send(waiting) {
        waiting = back;
        if queue.try_recv().is_ok() {
            health.frame_dropped();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Frame;
    use crossbeam_channel::{bounded, unbounded};
    use image::RgbImage;
    use jiff::Timestamp;

    /// Frames without end or up to a number, counted anew for every slide.
    struct Counting {
        live: bool,
        last: u64,
        next: u64,
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
                scale_nm: None,
                stage_um: None,
            };
            Ok((number < self.last).then_some(frame))
        }

        fn slide_changed(&mut self) {
            self.next = 0;
        }

        fn interval(&self) -> Duration {
            Duration::ZERO
        }

        fn is_live(&self) -> bool {
            self.live
        }

        fn name(&self) -> &str {
            "counting"
        }
    }

    #[test]
    fn a_camera_is_not_held_up_and_the_newest_frames_wait() {
        let (asked, asking) = unbounded();
        let source = Box::new(Counting {
            live: true,
            last: u64::MAX,
            next: 0,
            asked,
        });
        let health = Health::new(source.as_ref());
        let (frames, queue) = bounded(2);
        let (_slides, slides_in) = unbounded();
        let (stop, stopped) = bounded(0);
        std::thread::scope(|scope| {
            scope.spawn(|| run(source, &frames, &queue, &slides_in, &stopped, &health).unwrap());
            // Nobody takes a frame, and still the camera is asked for more and more.
            while asking.recv().unwrap() < 100 {}
            drop(stop);
        });
        let waiting: Vec<u64> = queue.try_iter().map(|f| f.frame.number).collect();
        assert_eq!(waiting.len(), 2);
        assert!(waiting[0] >= 97 && waiting[1] == waiting[0] + 1, "{waiting:?}");
        assert_eq!(health.dropped(), health.frames() - 2);
    }

    #[test]
    fn the_pictures_of_a_folder_wait_and_come_again_for_a_new_slide() {
        let (asked, _asking) = unbounded();
        let source = Box::new(Counting {
            live: false,
            last: 5,
            next: 0,
            asked,
        });
        let health = Health::new(source.as_ref());
        let (frames, queue) = bounded(1);
        let (slides, slides_in) = unbounded();
        let (stop, stopped) = bounded(0);
        std::thread::scope(|scope| {
            scope.spawn(|| run(source, &frames, &queue, &slides_in, &stopped, &health).unwrap());
            let take = || {
                (0..5)
                    .map(|_| queue.recv().unwrap())
                    .map(|f| (f.slide, f.frame.number))
                    .collect()
            };
            let first: Vec<(u64, u64)> = take();
            assert_eq!(first, [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)]);
            slides.send(1).unwrap();
            let second: Vec<(u64, u64)> = take();
            assert_eq!(second, [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]);
            drop(stop);
        });
        assert_eq!(health.dropped(), 0);
    }
}
