//! The steps of one epoch: batches in, steps of the optimiser out.
//!
//! What is random in it is a function of the seed, the fold, the epoch and the batch: which cells, how they
//! are changed and what they are blended with have streams of their own, and libtorch's stream, which
//! dropout alone draws from, is set at the beginning of the epoch and brought to where it stood. So an epoch
//! that was broken off goes on with the same numbers. Nothing else may draw from libtorch's stream here.

use super::control::{Event, Interrupt, Listener};
use super::state::State;
use super::task::Task;
use crate::progress_bar::ProgressBar;
use crate::train::checkpoint::Within;
use crate::train::epoch::{EpochSummary, Losses, Meter};
use crate::train::feed::Order;
use crate::train::recipe::Stage;
use crate::{Error, ErrorKind};

/// The epoch that training stands in.
pub(super) struct Epoch<'e, 'a> {
    pub task: &'e Task<'a>,
    pub state: &'e mut State,
    pub stage: &'e Stage,
    /// Counted from 1.
    pub number: usize,
    pub interrupt: &'e Interrupt,
    pub listener: &'e mut Listener<'a>,
}

impl Epoch<'_, '_> {
    /// Goes over the cells of the epoch that are left. `None`: it was interrupted, and its state is written.
    pub(crate) fn train(mut self) -> Result<Option<EpochSummary>, Error> {
        let (task, number) = (self.task, self.number);
        let recipe = task.recipe();
        let batch = recipe.optimisation.batch;
        let cells = task.sampler.epoch(number);
        let count = cells.len();
        let total = count.div_ceil(batch);
        let Within {
            batches: mut done,
            seconds,
            waited,
            losses,
        } = self.state.progress.within.take().unwrap_or_default();

        tch::manual_seed(task.run.seed(number as u64) as i64);
        self.state.network.repeat_draws(done, batch.min(count))?;
        let mut losses = Losses::after(losses, task.compute.device);
        let mut meter = Meter::after(seconds, waited);
        let title = format!("epoch {number}/{}", recipe.epochs());
        let bar = ProgressBar::quiet(&title, total);
        (0..done).for_each(|_| bar.step());

        let group = recipe.optimisation.accumulate;
        let mut rate = 0.0;
        let whole = std::thread::scope(|scope| {
            let order = Order {
                cells,
                batch,
                done,
                key: [recipe.seed, number as u64],
            };
            let mut feed = task.feed(scope, order);
            while done < total {
                let end = (done + group).min(total);
                self.state.optimiser.zero_gradients()?;
                for at in done..end {
                    let next = meter.wait(|| feed.next());
                    let inputs = next.ok_or_else(|| {
                        let message = format!("no more batches after {at} of {total} of epoch {number}");
                        Error::new(ErrorKind::Data, message)
                    })??;
                    let loss = task.loss(&self.state.network, &task.mixed(inputs, number, at)?)?;
                    self.refuse_diverged(losses.add(&loss)?, &losses, total)?;
                    // The mean over the batches of the step; the last step of an epoch may have fewer.
                    match end - done {
                        1 => loss.f_backward()?,
                        many => loss.f_div_scalar(many as f64)?.f_backward()?,
                    }
                    bar.step();
                }
                rate = self.state.step(task, self.stage, number, total.div_ceil(group))?;
                done = end;
                let interrupted = self.interrupt.is_asked();
                let due = recipe.checkpoints.is_due(done.div_ceil(group));
                if done < total && (due || interrupted) {
                    self.refuse_diverged(losses.synchronise()?, &losses, total)?;
                    self.write(done, total, &losses, &meter)?;
                    if interrupted {
                        return Ok(false);
                    }
                }
            }
            Ok::<bool, Error>(true)
        })?;
        bar.clear();
        if !whole {
            return Ok(None);
        }
        self.refuse_diverged(losses.synchronise()?, &losses, total)?;
        self.state.progress.within = None;
        let throughput = meter.throughput(count);
        Ok(Some(EpochSummary::of(losses.read(), rate, throughput)))
    }

    /// Refuses to go on after a batch whose loss is not a finite number.
    fn refuse_diverged(&self, batch: Option<usize>, losses: &Losses, total: usize) -> Result<(), Error> {
        match batch {
            None => Ok(()),
            Some(batch) => {
                let loss = losses.read()[batch];
                Err(self.task.diverged(self.number, batch, total, loss))
            }
        }
    }

    /// Writes the state after so many batches of `total`.
    fn write(&mut self, done: usize, total: usize, losses: &Losses, meter: &Meter) -> Result<(), Error> {
        self.state.progress.within = Some(Within {
            batches: done,
            seconds: meter.seconds(),
            waited: meter.waited(),
            losses: losses.read().to_vec(),
        });
        self.state.write(self.task)?;
        (self.listener)(&Event::State {
            epoch: self.number,
            batches: done,
            of: total,
        });
        Ok(())
    }
}
