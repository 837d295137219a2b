//! The stages of the device, one thread each and bounded queues between them:
//! capture -> find -> classify -> keep. No stage reaches back, none waits for a browser.

mod capture_stage;
mod classify_stage;
mod contour;
mod count;
mod field;
mod find_stage;
mod health;
mod keep_stage;
mod live;
mod shown;
mod supervised;

pub use classify_stage::screen_field;
pub(crate) use contour::outline_of_row;
pub use count::SlideCounter;
pub use field::{CapturedFrame, FoundFrame, RejectedCell, ScreenedCell, ScreenedField};
pub use find_stage::find_in_order;
pub use health::{CameraState, Health};
pub use keep_stage::Command;
pub use live::{LiveCell, LiveField, LiveSlide, LiveView, Snapshot};
pub use supervised::StageEnd;

use crate::capture::FrameSource;
use crate::config::Config;
use crate::store::Store;
use crate::{Error, ErrorKind, Result};
use blastscope_inference::Classifier;
use blastscope_vision::stain::StainNormaliser;
use crossbeam_channel::{Sender, bounded, unbounded};
use keep_stage::KeepStage;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use supervised::Supervisor;
use tokio::sync::{mpsc, watch};

/// Fields that wait between two stages. A field of 12 megapixels is 36 MB.
const QUEUE: usize = 2;

/// The running stages.
#[derive(Debug)]
pub struct Pipeline {
    stop: Sender<()>,
    stages: Vec<JoinHandle<Option<()>>>,
    keep: JoinHandle<Option<Store>>,
    ends: mpsc::UnboundedReceiver<StageEnd>,
    commands: Sender<Command>,
    live: watch::Receiver<Arc<LiveView>>,
    health: Arc<Health>,
}

impl Pipeline {
    /// Starts all stages on a first slide.
    pub fn start(
        source: Box<dyn FrameSource>,
        classifier: &Arc<Classifier>,
        store: Store,
        config: &Config,
    ) -> Result<Self> {
        let (stop, stopped) = bounded::<()>(0);
        let (commands, commands_in) = bounded::<Command>(16);
        let (slide_changes, slide_changes_in) = unbounded::<u64>();
        let (captured, captured_in) = bounded::<CapturedFrame>(QUEUE);
        let (found, found_in) = bounded::<FoundFrame>(QUEUE);
        let (screened, screened_in) = bounded::<ScreenedField>(QUEUE);
        let (supervisor, ends) = Supervisor::new();
        let health = Arc::new(Health::new(source.as_ref()));
        let workers = config.worker_count();

        let keep = KeepStage::begin(store, classifier, source.name(), config, slide_changes)?;
        let live = keep.live();
        let keep = supervisor.spawn("keep", move || keep.run(&commands_in, &screened_in))?;

        let (judge, classifiers) = (Arc::clone(classifier), (workers / 2).max(1));
        let compared = config.screen.fields_compared > 0;
        let classify = supervisor.spawn("classify", move || {
            classify_stage::run(found_in, classifiers, &judge, compared, &screened)
        })?;

        let (finder, quality) = (config.finder.clone(), config.quality.clone());
        let (given, finders) = (config.scale_nm, workers.div_ceil(2));
        let stain = StainNormaliser::new(&config.stain, classifier.stain());
        let queue = captured_in.clone();
        let find = supervisor.spawn("find", move || {
            find_in_order(
                queue.into_iter(),
                finders,
                &finder,
                &quality,
                given,
                stain,
                |frame| {
                    Ok(match found.send(frame) {
                        Ok(()) => ControlFlow::Continue(()),
                        Err(_) => ControlFlow::Break(()),
                    })
                },
            )
        })?;

        let pulse = Arc::clone(&health);
        let capture = supervisor.spawn("capture", move || {
            capture_stage::run(
                source,
                &captured,
                &captured_in,
                &slide_changes_in,
                &stopped,
                &pulse,
            )
        })?;
        let stages = vec![capture, find, classify];
        Ok(Self {
            stop,
            stages,
            keep,
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
        let store = self.keep.join().ok().flatten();
        store.ok_or_else(|| Error::new(ErrorKind::Store, "the last fields were not kept: see the log"))
    }
}

#[cfg(test)]
mod tests;
