//! Work spread over threads, results in the order of the inputs, memory bounded.

use crate::{Error, ErrorKind, Result};
use crossbeam_channel::bounded;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work` over `inputs` on `workers` threads, each with its own state from `start`, and hands the
/// results to `sink` on this thread in the order of the inputs. At most twice as many items as workers
/// are under way, however long one of them takes. Ends when the inputs end, when `sink` breaks or
/// fails, when a worker cannot start or panics.
pub fn in_order<T, R, W>(
    workers: usize,
    inputs: impl Iterator<Item = T> + Send,
    start: impl Fn() -> Result<W> + Sync,
    work: impl Fn(&mut W, T) -> R + Sync,
    mut sink: impl FnMut(R) -> Result<ControlFlow<()>>,
) -> Result<()>
where
    T: Send,
    R: Send,
{
    let workers = workers.max(1);
    let under_way = workers * 2;
    let (permit, permits) = bounded::<()>(under_way);
    let (job, jobs) = bounded::<(u64, T)>(under_way);
    let (done, results) = bounded::<(u64, Result<R>)>(under_way + workers);
    (0..under_way).try_for_each(|_| permit.send(())).ok();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for (index, input) in (0..).zip(inputs) {
                if permits.recv().is_err() || job.send((index, input)).is_err() {
                    break;
                }
            }
        });
        for _ in 0..workers {
            let (jobs, done) = (jobs.clone(), done.clone());
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                let mut state = match start() {
                    Ok(state) => state,
                    Err(e) => return drop(done.send((u64::MAX, Err(e)))),
                };
                for (index, input) in jobs {
                    let result = catch_unwind(AssertUnwindSafe(|| work(&mut state, input)));
                    let panicked = result.is_err();
                    if done.send((index, result.map_err(|p| unwound(&*p)))).is_err() || panicked {
                        break;
                    }
                }
            });
        }
        // The workers hold the only other ends: the loop below ends when the last of them does.
        drop((jobs, done));
        let collect = || {
            let mut waiting = BTreeMap::new();
            let mut next = 0;
            for (index, result) in results {
                waiting.insert(index, result?);
                while let Some(result) = waiting.remove(&next) {
                    next += 1;
                    if sink(result)?.is_break() {
                        return Ok(());
                    }
                    // Nobody takes permits any more once the inputs have ended.
                    permit.try_send(()).ok();
                }
            }
            Ok(())
        };
        let outcome = collect();
        // Frees the feeder, which may be waiting for a permit.
        drop(permit);
        outcome
    })
}

fn unwound(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::new(
        ErrorKind::Internal,
        format!("a worker stopped in the middle of its work: {text}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_the_order_of_the_inputs() {
        let (late, turn) = bounded::<()>(0);
        let mut seen = Vec::new();
        in_order(
            3,
            0..50,
            || Ok(()),
            |(), i| {
                // The first item waits for the third: the order is not that of the finishing.
                match i {
                    0 => turn.recv().unwrap(),
                    2 => late.send(()).unwrap(),
                    _ => {}
                }
                i * 2
            },
            |r| {
                seen.push(r);
                Ok(ControlFlow::Continue(()))
            },
        )
        .unwrap();
        assert_eq!(seen, (0..50).map(|i| i * 2).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_than_twice_the_workers_are_under_way() {
        let (taken, sunk, most) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let inputs = (0..200).inspect(|_| {
            let ahead = taken.fetch_add(1, Ordering::SeqCst) + 1 - sunk.load(Ordering::SeqCst);
            most.fetch_max(ahead, Ordering::SeqCst);
        });
        in_order(
            2,
            inputs,
            || Ok(()),
            |(), i| i,
            |_| {
                sunk.fetch_add(1, Ordering::SeqCst);
                Ok(ControlFlow::Continue(()))
            },
        )
        .unwrap();
        // One more is in the hand of whoever waits for a permit.
        assert!(most.load(Ordering::SeqCst) <= 5, "{most:?}");
    }

    #[test]
    fn a_break_a_failing_start_and_a_panic_end_the_work() {
        let run = |fail: bool, panic_at: u32| {
            let start = || match fail {
                true => Err(Error::new(ErrorKind::Network, "no start")),
                false => Ok(()),
            };
            let work = |(): &mut (), i: u32| {
                assert!(i != panic_at, "number {i}");
                i
            };
            let sink = |i| {
                Ok(if i == 5 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            };
            in_order(2, 0..u32::MAX, start, work, sink)
        };
        assert!(run(false, u32::MAX).is_ok());
        assert_eq!(run(true, 0).unwrap_err().kind(), ErrorKind::Network);
        let error = run(false, 3).unwrap_err();
        assert!(error.to_string().contains("number 3"), "{error}");
    }
}
