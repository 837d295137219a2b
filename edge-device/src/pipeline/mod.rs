//! The stages of the device and the bounded queues between them: session -> find -> classify -> store. No stage reaches
//! back, none waits for a browser.

mod classify_stage;
mod count;
mod encoded_field;
mod field;
mod find_stage;
mod live;
mod screening;
mod store_stage;
mod supervised;

pub use classify_stage::screen_field;
pub use count::SlideCounter;
pub use encoded_field::EncodedField;
pub use field::{FoundFrame, RejectedCell, ScreenedCell, ScreenedField};
pub use live::{LiveCell, LiveField, LiveSlide, LiveView, Snapshot};
pub use screening::Screening;
pub(crate) use store_stage::outline;
pub use supervised::StageEnd;

use crate::capture::FrameSource;
use crate::observe::{Clock, Health};
use crate::screen::CountingSettings;
use crate::session::{Command, InBand, Session, frame_queue};
use crate::store::Store;
use crate::{Error, ErrorKind, Result};
use blastscope_inference::Classifier;
use crossbeam_channel::{Sender, bounded};
use screening::QUEUE;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use store_stage::StoreStage;
use supervised::Supervisor;
use tokio::sync::{mpsc, watch};

/// Commands that wait for the session.
const COMMANDS: usize = 16;

/// The running stages.
#[derive(Debug)]
pub struct Pipeline {
    stop: Sender<()>,
    stages: Vec<JoinHandle<Option<()>>>,
    store: JoinHandle<Option<Store>>,
    ends: mpsc::UnboundedReceiver<StageEnd>,
    commands: Sender<Command>,
    live: watch::Receiver<Arc<LiveView>>,
    health: Arc<Health>,
}

impl Pipeline {
    /// Starts all stages on a first slide, with so many threads for finding and classifying together.
    pub fn start(
        source: Box<dyn FrameSource>,
        classifier: &Arc<Classifier>,
        store: Store,
        settings: &CountingSettings,
        workers: usize,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let (stop, stopped) = bounded::<()>(0);
        let (commands, commands_in) = bounded::<Command>(COMMANDS);
        let (frames, frames_in) = frame_queue(QUEUE);
        let (screened, screened_in) = bounded::<InBand<EncodedField>>(QUEUE);
        let (supervisor, ends) = Supervisor::new();
        let health = Arc::new(Health::new(source.as_ref(), Arc::clone(&clock)));

        let stage = StoreStage::begin(
            store,
            classifier,
            source.name(),
            settings.clone(),
            Arc::clone(&clock),
        )?;
        let live = stage.live();
        let store = supervisor.spawn("store", move || stage.run(screened_in))?;

        let screening = Screening::new(classifier, settings.clone(), workers);
        let screening = supervisor.spawn("screening", move || {
            screening.run(frames_in, EncodedField::of, |field| {
                Ok(match screened.send(field) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                })
            })
        })?;

        let session = Session::new(source, commands_in, clock, Arc::clone(&health));
        let session = supervisor.spawn("capture", move || session.run(&frames, &stopped))?;
        Ok(Self {
            stop,
            stages: vec![session, screening],
            store,
            ends,
            commands,
            live,
            health,
        })
    }

    /// What is seen now; changes with every field.
    pub fn live(&self) -> watch::Receiver<Arc<LiveView>> {
        self.live.clone()
    }

    /// Orders to the pipeline.
    pub fn commands(&self) -> Sender<Command> {
        self.commands.clone()
    }

    /// Signs of life.
    pub fn health(&self) -> Arc<Health> {
        Arc::clone(&self.health)
    }

    /// Waits until a stage ends, which none does by itself while all is well.
    pub async fn stage_ended(&mut self) -> StageEnd {
        self.ends.recv().await.unwrap_or_else(StageEnd::lost)
    }

    /// Stops the camera, lets the other stages finish what is under way, and hands back the store.
    /// Blocks for as long as that takes.
    pub fn stop(self) -> Result<Store> {
        drop((self.stop, self.commands));
        for stage in self.stages {
            // How it ended has been told by its end.
            stage.join().ok();
        }
        let store = self.store.join().ok().flatten();
        store.ok_or_else(|| Error::new(ErrorKind::Store, "the last fields were not kept: see the log"))
    }
}

#[cfg(test)]
mod tests;
