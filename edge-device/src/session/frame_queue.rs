//! The queue behind the camera: bounded, and full for a live source means that the oldest frame goes. Changes of the
//! slide never do, which no channel that drops its oldest item can promise.

use super::InBand;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The other end is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed;

#[derive(Debug)]
struct Shared<T> {
    items: Mutex<Items<T>>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct Items<T> {
    waiting: VecDeque<InBand<T>>,
    closed: bool,
}

impl<T> Items<T> {
    fn fields(&self) -> usize {
        let is_field = |i: &&InBand<T>| matches!(i, InBand::Field(_));
        self.waiting.iter().filter(is_field).count()
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Items<T>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

/// The end of the camera.
#[derive(Debug)]
pub(crate) struct FrameSender<T>(Arc<Shared<T>>);

/// The end of the next stage: gives what waits, and ends when the sender is gone and nothing waits.
#[derive(Debug)]
pub(crate) struct FrameReceiver<T>(Arc<Shared<T>>);

/// A queue in which at most `capacity` frames wait, and any number of changes of the slide.
pub(crate) fn frame_queue<T>(capacity: usize) -> (FrameSender<T>, FrameReceiver<T>) {
    let shared = Arc::new(Shared {
        items: Mutex::new(Items {
            waiting: VecDeque::new(),
            closed: false,
        }),
        changed: Condvar::new(),
        capacity: capacity.max(1),
    });
    (FrameSender(Arc::clone(&shared)), FrameReceiver(shared))
}

impl<T> FrameSender<T> {
    /// Hands a frame over, waiting for a place.
    pub(crate) fn send(&self, frame: T) -> Result<(), Closed> {
        let items = self.0.lock();
        let full = |i: &mut Items<T>| !i.closed && i.fields() >= self.0.capacity;
        let items = self.0.changed.wait_while(items, full);
        self.push(
            items.unwrap_or_else(PoisonError::into_inner),
            InBand::Field(frame),
        )
    }

    /// Hands a frame over at once; where the queue is full, the oldest frames are dropped. Gives their number.
    pub(crate) fn send_newest(&self, frame: T) -> Result<u64, Closed> {
        let mut items = self.0.lock();
        let mut dropped = 0;
        while items.fields() >= self.0.capacity {
            let oldest = items.waiting.iter().position(|i| matches!(i, InBand::Field(_)));
            if oldest.and_then(|at| items.waiting.remove(at)).is_some() {
                dropped += 1;
            }
        }
        self.push(items, InBand::Field(frame)).map(|()| dropped)
    }

    /// Tells that a new slide begins; never waits, never dropped.
    pub(crate) fn change_slide(&self, change: super::SlideChange) -> Result<(), Closed> {
        self.push(self.0.lock(), InBand::Slide(change))
    }

    fn push(&self, mut items: MutexGuard<'_, Items<T>>, item: InBand<T>) -> Result<(), Closed> {
        if items.closed {
            return Err(Closed);
        }
        items.waiting.push_back(item);
        self.0.changed.notify_all();
        Ok(())
    }
}

impl<T> Iterator for FrameReceiver<T> {
    type Item = InBand<T>;

    fn next(&mut self) -> Option<InBand<T>> {
        let empty = |i: &mut Items<T>| i.waiting.is_empty() && !i.closed;
        let items = self.0.changed.wait_while(self.0.lock(), empty);
        let next = items.unwrap_or_else(PoisonError::into_inner).waiting.pop_front();
        self.0.changed.notify_all();
        next
    }
}

impl<T> Drop for FrameSender<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T> Drop for FrameReceiver<T> {
    fn drop(&mut self) {
        self.0.close();
        // What waits is lost; whoever asked for a slide hears of it.
        self.0.lock().waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::SlideChange;
    use super::*;
    use jiff::Timestamp;

    fn change() -> SlideChange {
        SlideChange {
            name: None,
            started: Timestamp::UNIX_EPOCH,
            reply: tokio::sync::oneshot::channel().0,
        }
    }

    fn drained(mut queue: FrameReceiver<u32>, sender: FrameSender<u32>) -> Vec<Option<u32>> {
        drop(sender);
        let shown = |i| match i {
            InBand::Field(n) => Some(n),
            InBand::Slide(_) => None,
        };
        std::iter::from_fn(|| queue.next().map(shown)).collect()
    }

    #[test]
    fn the_oldest_frames_go_and_a_change_of_the_slide_stays_in_its_place() {
        let (sender, queue) = frame_queue(2);
        assert_eq!(sender.send_newest(1), Ok(0));
        sender.change_slide(change()).unwrap();
        assert_eq!(sender.send_newest(2), Ok(0));
        assert_eq!(sender.send_newest(3), Ok(1));
        assert_eq!(sender.send_newest(4), Ok(1));
        assert_eq!(drained(queue, sender), [None, Some(3), Some(4)]);
    }

    #[test]
    fn frames_that_may_wait_wait_for_a_place() {
        let (sender, mut queue) = frame_queue(1);
        sender.send(1).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| sender.send(2));
            assert!(matches!(queue.next(), Some(InBand::Field(1))));
            assert_eq!(second.join().unwrap(), Ok(()));
        });
        assert_eq!(drained(queue, sender), [Some(2)]);
    }

    #[test]
    fn an_end_that_is_gone_is_told_to_the_other_even_while_it_waits() {
        let (sender, queue) = frame_queue(1);
        sender.send(1).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| sender.send(2));
            drop(queue);
            assert_eq!(second.join().unwrap(), Err(Closed));
        });
        assert_eq!(sender.send_newest(3), Err(Closed));
        let (sender, mut queue) = frame_queue::<u32>(1);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(move || queue.next().is_none());
            drop(sender);
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn whoever_asked_for_a_slide_that_is_lost_hears_of_it() {
        let (sender, queue) = frame_queue::<u32>(1);
        let (reply, mut begun) = tokio::sync::oneshot::channel();
        let change = SlideChange { reply, ..change() };
        sender.change_slide(change).unwrap();
        drop(queue);
        assert!(matches!(
            begun.try_recv(),
            Err(tokio::sync::oneshot::error::TryRecvError::Closed)
        ));
    }
}
